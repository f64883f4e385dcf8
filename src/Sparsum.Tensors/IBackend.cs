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

    /// <summary><c>output = A·B</c>, or <c>output += A·B</c> when <paramref name="accumulate"/>.</summary>
    void MatMul(MatrixProduct product, Tensor a, Tensor b, Tensor output, bool accumulate = false);

    /// <summary>
    /// <c>output = activation(input · weightᵀ + bias)</c>; input <c>[tokens, in]</c>, weight <c>[out, in]</c>, bias <c>[out]</c>.
    /// </summary>
    void Linear(Tensor input, Tensor weight, Tensor? bias, Activation activation, Tensor output);

    /// <summary>The same with a weight from <see cref="Pack"/>.</summary>
    void Linear(Tensor input, PackedWeight weight, Tensor? bias, Activation activation, Tensor output);

    /// <summary>Copies a weight <c>[out, in]</c> into the form that this backend reads fastest in the given storage.</summary>
    PackedWeight Pack(Tensor weight, StorageType storage = StorageType.Float32);

    /// <summary>
    /// Multi-head attention: scores, mask, softmax and context in one operation. <paramref name="bias"/> <c>[heads, queries, keys]</c>
    /// is added to the scaled scores. Output <c>[Batch * QueryLength, HeadCount * HeadSize]</c>.
    /// </summary>
    void Attention(Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options, Tensor output);

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
    /// <c>[tokens, heads * headSize]</c> and token <c>t</c> stands at <c>positions[t]</c>.
    /// </summary>
    void Rotate(Tensor tensor, int headCount, RotaryTable table, ReadOnlySpan<int> positions);

    /// <summary><c>output[i] = table[ids[i]]</c>, or adds it when <paramref name="accumulate"/>.</summary>
    void Gather(Tensor table, ReadOnlySpan<int> ids, Tensor output, bool accumulate = false);

    /// <summary>The softmax of each row, in place.</summary>
    void Softmax(Tensor rows);

    /// <summary>
    /// Negative log-likelihood of each row's target in nats: <c>losses[r] = logsumexp(logits[r]) - logits[r, targets[r]]</c>. A target
    /// of -100 is skipped: its loss is 0.
    /// </summary>
    void CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, Span<double> losses);

    /// <summary>Adds the sum of squares of each column of <paramref name="input"/> to <paramref name="sums"/>.</summary>
    void AddColumnSquareSums(Tensor input, Span<double> sums);
}
