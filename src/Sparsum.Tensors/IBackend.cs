using Sparsum.Tensors.Backends;
using Sparsum.Tensors.Memory;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Tensors;

/// <summary>
/// All arithmetic of the product goes through this seam. Activations are matrices <c>[tokens, features]</c>: any leading dimensions
/// count as one. Outputs are given by the caller and may not overlap inputs unless an operation says so. Every operation gives the
/// same bits for any number of threads. Shapes that do not fit throw <see cref="ArgumentException"/>.
/// </summary>
public interface IBackend : IDisposable
{
    /// <summary>What runs, for reports: instruction set and number of threads.</summary>
    string Description { get; }

    /// <summary>Number of threads that operations may use.</summary>
    int Threads { get; }

    /// <summary>How exact products of float32 are in fact: results of another precision have other bytes.</summary>
    Float32Precision Precision => Float32Precision.Highest;

    /// <summary><c>output = A·B</c>, or <c>output += A·B</c> when <paramref name="accumulate"/>.</summary>
    void MatMul(MatrixProduct product, Tensor a, Tensor b, Tensor output, bool accumulate = false);

    /// <summary>
    /// <c>output = activation(input · weightᵀ + bias)</c>; input <c>[tokens, in]</c>, weight <c>[out, in]</c>, bias <c>[out]</c>. With
    /// <paramref name="rowwise"/> every token gets the bits that it would get alone, so that it does not matter which others are beside it;
    /// otherwise the number of tokens may decide in which order sums are taken.
    /// </summary>
    void Linear(Tensor input, Tensor weight, Tensor? bias, Activation activation, Tensor output, bool rowwise = false);

    /// <summary>The same with a weight from <see cref="Pack"/>.</summary>
    void Linear(Tensor input, PackedWeight weight, Tensor? bias, Activation activation, Tensor output, bool rowwise = false);

    /// <summary>Copies a weight <c>[out, in]</c> into the form that this backend reads fastest in the given storage.</summary>
    PackedWeight Pack(Tensor weight, StorageType storage = StorageType.Float32);

    /// <summary>
    /// Multi-head attention: scores, mask, softmax and context in one operation. <paramref name="bias"/> <c>[heads, queries, keys]</c>,
    /// or with <see cref="AttentionOptions.HasBiasPerSequence"/> <c>[Batch, heads, queries, keys]</c>, is added to the scaled scores. Output
    /// <c>[Batch * QueryLength, HeadCount * HeadSize]</c>.
    /// </summary>
    void Attention(Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options, Tensor output);

    /// <summary>
    /// <see cref="Attention"/> over keys and values that lie in rows, of each sequence in a place and a number of its own, all in one storage.
    /// <see cref="AttentionOptions.KeyLength"/> is the largest number: masks and biases have as many columns, of which a sequence with fewer
    /// keys reads the first. Query <c>i</c> stands at the place <c>its keys - QueryLength + i</c>; nothing is dropped. Unless a backend does
    /// better, rows are read back and sequences go one by one.
    /// </summary>
    void CachedAttention(Tensor query, IReadOnlyList<KeyValueSequence> sequences, Tensor? bias, AttentionOptions options, Tensor output) =>
        SequenceAttention.Compute(this, query, sequences, bias, options, output);

    /// <summary>
    /// <c>(x - mean) / √(variance + epsilon) * scale + shift</c> per row (Ba et al. 2016). Output may be the input.
    /// </summary>
    void LayerNorm(Tensor input, Tensor? scale, Tensor? shift, float epsilon, Tensor output);

    /// <summary>
    /// <c>x / √(mean(x²) + epsilon) * scale</c> per row (Zhang and Sennrich 2019); with <paramref name="unitOffset"/> the factor is
    /// <c>1 + scale</c> (Gemma). Rows are as long as <paramref name="scale"/>, so heads can be normalised one by one. Output may be the input.
    /// </summary>
    void RmsNorm(Tensor input, Tensor scale, float epsilon, bool unitOffset, Tensor output);

    /// <summary>The activation of each element. Output may be the input.</summary>
    void Activate(Activation activation, Tensor input, Tensor output);

    /// <summary><c>activation(gate) * up</c> per element. Output may be one of the inputs.</summary>
    void Gate(Activation activation, Tensor gate, Tensor up, Tensor output);

    /// <summary><c>left + right</c> per element. Output may be one of the inputs.</summary>
    void Add(Tensor left, Tensor right, Tensor output);

    /// <summary>Multiplies each element in place.</summary>
    void Scale(Tensor tensor, float factor);

    /// <summary>
    /// Rotates the first <see cref="RotaryTable.Size"/> features of every head in place; <paramref name="tensor"/> is
    /// <c>[tokens, heads * headSize]</c> and token <c>t</c> stands at <c>positions[t]</c>. With <paramref name="inverse"/> it rotates
    /// back, which is also the gradient.
    /// </summary>
    void Rotate(Tensor tensor, int headCount, RotaryTable table, ReadOnlySpan<int> positions, bool inverse = false);

    /// <summary><c>output[i] = table[ids[i]]</c>, or adds it when <paramref name="accumulate"/>.</summary>
    void Gather(Tensor table, ReadOnlySpan<int> ids, Tensor output, bool accumulate = false);

    /// <summary>
    /// <c>output[t, i] = input[t, columns[i]]</c>: the features that a layer reads. It only moves values, so a backend whose tensors are in
    /// main memory needs no code of its own.
    /// </summary>
    void GatherColumns(Tensor input, ReadOnlySpan<int> columns, Tensor output) => ColumnMoves.Gather(input, columns, output);

    /// <summary>
    /// <c>output[t, columns[i]] = input[t, i]</c> and 0 in all other columns, plus <paramref name="bias"/> <c>[output columns]</c> in
    /// every row: what a layer gives that computes some of its features only.
    /// </summary>
    void ScatterColumns(Tensor input, ReadOnlySpan<int> columns, Tensor? bias, Tensor output) =>
        ColumnMoves.Scatter(input, columns, bias, output);

    /// <summary>
    /// Chooses for each token the experts of the largest logits <c>[tokens, experts]</c>: <paramref name="weights"/> <c>[tokens, count]</c>
    /// gets their softmax over all experts, or with <paramref name="normalizes"/> over the chosen alone, and <paramref name="chosen"/>
    /// <c>[tokens * count]</c> their numbers, the largest first (Shazeer et al. 2017). The routing only compares and moves few values, so a
    /// backend whose tensors are in main memory needs no code of its own.
    /// </summary>
    void Route(Tensor logits, bool normalizes, Span<int> chosen, Tensor weights) => ExpertMoves.Route(logits, normalizes, chosen, weights);

    /// <summary>The gradient of <see cref="Route"/> by the logits.</summary>
    void RouteGradient(Tensor logits, bool normalizes, ReadOnlySpan<int> chosen, Tensor weightGradient, Tensor logitGradient) =>
        ExpertMoves.RouteGradient(logits, normalizes, chosen, weightGradient, logitGradient);

    /// <summary>
    /// <c>sum[ids[i]] += weights[places[i]] * rows[i]</c> in the order of i: what an expert gives goes back to the tokens that it saw. Places
    /// count all elements of <paramref name="weights"/>.
    /// </summary>
    void AddWeightedRows(Tensor rows, ReadOnlySpan<int> ids, Tensor weights, ReadOnlySpan<int> places, Tensor sum) =>
        ExpertMoves.AddWeightedRows(rows, ids, weights, places, sum);

    /// <summary>
    /// The gradients of <see cref="AddWeightedRows"/>: that of the rows is overwritten, that of the weights added to what is there, or left
    /// out where it is null.
    /// </summary>
    void AddWeightedRowsGradient(
        Tensor rows, ReadOnlySpan<int> ids, Tensor weights, ReadOnlySpan<int> places, Tensor sumGradient, Tensor rowGradient, Tensor? weightGradient) =>
        ExpertMoves.AddWeightedRowsGradient(rows, ids, weights, places, sumGradient, rowGradient, weightGradient);

    /// <summary>
    /// Scores between contents and relative positions (He et al. 2021, DeBERTa, eq. 4):
    /// <c>output[b, h, i, j] = Scale (q_i · positionKey_m + k_j · positionQuery_m)</c> with <c>m = rowOfDistance[i - j + length - 1]</c>. Output
    /// <c>[Batch * HeadCount * length, length]</c>, as <see cref="Attention"/> takes a bias of every sequence. Unless a backend does better,
    /// it is computed pair by pair.
    /// </summary>
    void Disentangle(
        Tensor query, Tensor key, Tensor positionKey, Tensor positionQuery, ReadOnlySpan<int> rowOfDistance, AttentionOptions options, Tensor output) =>
        DisentangledScores.Compute(query, key, positionKey, positionQuery, rowOfDistance, options, output);

    /// <summary>The gradients of <see cref="Disentangle"/>, all overwritten.</summary>
    void DisentangleGradient(
        Tensor query,
        Tensor key,
        Tensor positionKey,
        Tensor positionQuery,
        ReadOnlySpan<int> rowOfDistance,
        AttentionOptions options,
        Tensor outputGradient,
        Tensor queryGradient,
        Tensor keyGradient,
        Tensor positionKeyGradient,
        Tensor positionQueryGradient) => DisentangledScores.Differentiate(
            query,
            key,
            positionKey,
            positionQuery,
            rowOfDistance,
            options,
            outputGradient,
            queryGradient,
            keyGradient,
            positionKeyGradient,
            positionQueryGradient);

    /// <summary>The softmax of each row, in place.</summary>
    void Softmax(Tensor rows);

    /// <summary>
    /// Negative log-likelihood of each row's target in nats: <c>losses[r] = logsumexp(logits[r]) - logits[r, targets[r]]</c>. A target
    /// of -100 is skipped: its loss is 0.
    /// </summary>
    /// <param name="logits">Scores <c>[rows, classes]</c> before the softmax.</param>
    /// <param name="targets">One class per row, or -100.</param>
    /// <param name="losses">Where the losses go.</param>
    /// <param name="smoothing">
    /// The share ε of the target that all classes have alike (Szegedy et al. 2016, section 7): <c>(1 - ε) logits[r, target] + ε mean(logits[r])</c>
    /// takes the place of the target's logit.
    /// </param>
    void CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, Span<double> losses, float smoothing = 0);

    /// <summary>Adds the sum of squares of each column of <paramref name="input"/> to <paramref name="sums"/>.</summary>
    void AddColumnSquareSums(Tensor input, Span<double> sums);

    /// <summary>Adds the sum of each column of <paramref name="input"/> to <paramref name="sums"/>, in double precision.</summary>
    void AddColumnSums(Tensor input, Span<double> sums);

    /// <summary>
    /// Adds <c>inputᵀ · input</c> to the lower triangle of <paramref name="sums"/> <c>[columns, columns]</c>: products within one input in
    /// float32, sums over calls in double precision. What is above the diagonal stays as it is.
    /// </summary>
    void AddGram(Tensor input, DoubleMatrix sums);

    /// <summary>
    /// The gradient of <see cref="Activate"/>: <c>inputGradient = activation'(input) * outputGradient</c>. The column sums of the result,
    /// which are the gradient of a bias, are added to <paramref name="columnSums"/>. The input gradient may be the output gradient.
    /// </summary>
    void ActivationGradient(Activation activation, Tensor input, Tensor outputGradient, Tensor inputGradient, Tensor? columnSums = null);

    /// <summary>
    /// The gradients of <see cref="Gate"/>: <c>activation'(gate) * up * outputGradient</c> and <c>activation(gate) * outputGradient</c>.
    /// Either may be the output gradient.
    /// </summary>
    void GateGradient(Activation activation, Tensor gate, Tensor up, Tensor outputGradient, Tensor gateGradient, Tensor upGradient);

    /// <summary>
    /// The gradients of <see cref="LayerNorm"/>; statistics are computed again from <paramref name="input"/>. Those of scale and shift are
    /// added to what is there, that of the input when <paramref name="accumulate"/>; null leaves one out.
    /// </summary>
    void LayerNormGradient(
        Tensor input,
        Tensor? scale,
        float epsilon,
        Tensor outputGradient,
        Tensor? inputGradient,
        Tensor? scaleGradient,
        Tensor? shiftGradient,
        bool accumulate = false);

    /// <summary>The gradients of <see cref="RmsNorm"/>, under the rules of <see cref="LayerNormGradient"/>.</summary>
    void RmsNormGradient(
        Tensor input,
        Tensor scale,
        float epsilon,
        bool unitOffset,
        Tensor outputGradient,
        Tensor? inputGradient,
        Tensor? scaleGradient,
        bool accumulate = false);

    /// <summary>
    /// The gradients of <see cref="Attention"/>. Probabilities are computed again, so that memory stays linear in the length of the
    /// sequences. Through the scores of a query that sees no key there is no gradient. <paramref name="biasGradient"/> is added to what
    /// is there; the others are overwritten.
    /// </summary>
    /// <exception cref="ArgumentException">Shapes do not fit, or the keys lie in a cache larger than their number.</exception>
    void AttentionGradient(
        Tensor query,
        Tensor key,
        Tensor value,
        Tensor? bias,
        AttentionOptions options,
        Tensor outputGradient,
        Tensor queryGradient,
        Tensor keyGradient,
        Tensor valueGradient,
        Tensor? biasGradient);

    /// <summary>
    /// The gradient of <see cref="Gather"/>: <c>table[ids[i]] += rows[i]</c> in the order of i; rows whose id is
    /// <paramref name="skipped"/> (padding) are left out.
    /// </summary>
    void ScatterAdd(Tensor rows, ReadOnlySpan<int> ids, Tensor table, int? skipped = null);

    /// <summary>Adds the sum of each column of <paramref name="input"/> to <paramref name="sums"/>.</summary>
    void AddColumnSums(Tensor input, Tensor sums);

    /// <summary>
    /// The gradient of <paramref name="factor"/> times the sum of <see cref="CrossEntropy"/>: <c>factor * (softmax - one-hot target)</c>,
    /// 0 in rows that are skipped. The gradient may be the logits. With <paramref name="smoothing"/> ε the target is
    /// <c>(1 - ε) one-hot + ε / classes</c>.
    /// </summary>
    void CrossEntropyGradient(Tensor logits, ReadOnlySpan<int> targets, float factor, Tensor gradient, float smoothing = 0);

    /// <summary>
    /// Sets elements to zero with probability <paramref name="rate"/>, rounded to a multiple of 1/65536, and divides the others by
    /// <c>1 - rate</c>, in place (Srivastava et al. 2014). Which ones depends on <paramref name="stream"/> and their places alone, so that the gradient drops the same.
    /// </summary>
    /// <param name="tensor">The elements.</param>
    /// <param name="rate">At least 0 and below 1.</param>
    /// <param name="stream">Where the decisions come from.</param>
    /// <param name="first">The place of the first element, where the tensor is a part of a larger one.</param>
    void Dropout(Tensor tensor, float rate, RandomStream stream, long first = 0);

    /// <summary>Rounds all elements to bfloat16, to nearest even, as 16-bit words one after the other; NaN stays NaN.</summary>
    void Narrow(Tensor tensor, NativeBuffer words);

    /// <summary>The way back, exact.</summary>
    void Widen(NativeBuffer words, Tensor tensor);
}
