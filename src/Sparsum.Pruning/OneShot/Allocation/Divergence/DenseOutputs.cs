using System.Numerics.Tensors;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Pruning.OneShot.Allocation.Divergence;

/// <summary>
/// What the dense model says behind each token of some windows, and how far another model's answers are from it: the Kullback-Leibler
/// divergence <c>KL(p ‖ q) = Σ_v p_v ln(p_v / q_v)</c> of next-token distributions, in nats per token. Of a linear head <c>z = E·h + b</c> the
/// dense side comes down to one vector and one number a token, exactly: with <c>m = Σ_v p_v E_v</c>,
/// <c>KL = (lse(z') - lse(z)) - m·(h' - h)</c>, where <c>h'</c> and <c>z'</c> are the other model's states and logits.
/// </summary>
internal sealed class DenseOutputs : IDisposable
{
    /// <summary>Most logits that exist at a time.</summary>
    private const int LargestLogits = 1 << 24;

    private readonly CausalLanguageModel model;
    private readonly Computation computation;
    private readonly CalibrationSet windows;
    private readonly bool isLinear;

    /// <summary>For each token <c>m</c>; where logits are no linear function of the states, the dense states themselves.</summary>
    private readonly Tensor vectors;

    /// <summary>For each token <c>lse(z) - m·h</c>.</summary>
    private readonly double[] constants;

    /// <summary>Looks at the dense model's last states; the parameters of the head must be loaded, then and whenever something is compared.</summary>
    /// <param name="model">The model.</param>
    /// <param name="computation">The operations; they stay the caller's.</param>
    /// <param name="windows">The windows.</param>
    /// <param name="states">What left the last dense block, <c>[tokens of all windows, hidden]</c>.</param>
    /// <param name="cancellationToken">Ends the work between windows.</param>
    public DenseOutputs(
        CausalLanguageModel model, Computation computation, CalibrationSet windows, Tensor states, CancellationToken cancellationToken)
    {
        this.model = model;
        this.computation = computation;
        this.windows = windows;
        isLinear = model.LogitSoftCap is null && model.Head.Weight.IsLoaded;
        constants = new double[windows.TokenCount];
        vectors = Tensor.Allocate(windows.TokenCount, isLinear ? model.Head.InputSize : WidthOfFinished(model));
        ForEachChunk(states, Keep, cancellationToken);
    }

    /// <summary>The mean divergence of another model from the dense one, over all tokens; infinite where it is no number.</summary>
    /// <param name="states">What left its last block.</param>
    /// <param name="cancellationToken">Ends the work between windows.</param>
    public double DivergenceOf(Tensor states, CancellationToken cancellationToken)
    {
        double total = 0;
        ForEachChunk(states, (pass, first, finished) => total += Compare(pass, first, finished), cancellationToken);
        return double.IsNaN(total) ? double.PositiveInfinity : total / windows.TokenCount;
    }

    /// <summary>The derivative of the mean divergence by another model's last states.</summary>
    /// <param name="states">What left the other model's last block.</param>
    /// <param name="gradient">Takes the derivative; of the same shape.</param>
    /// <param name="cancellationToken">Ends the work between windows.</param>
    public void Differentiate(Tensor states, Tensor gradient, CancellationToken cancellationToken)
    {
        using var behind = Tensor.Allocate(vectors.Shape);
        ForEachChunk(
            states,
            (pass, first, finished) => Differentiate(pass, finished, vectors.Rows(first, finished.RowCount), behind.Rows(first, finished.RowCount)),
            cancellationToken);
        gradient.Clear();
        foreach (var (first, ids) in CalibrationBatches.Sequences(windows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var tape = computation.Record(isTraining: false);
            var entering = states.Rows(first, ids.Length);
            tape.Watch(entering, gradient.Rows(first, ids.Length));
            using var finished = model.Finish(model.BeginPass(computation, new TokenBatch(ids, 1)), entering);
            tape.Seed(finished, behind.Rows(first, ids.Length));
            tape.Backward();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => vectors.Dispose();

    /// <summary>Bytes that are kept from the dense model on.</summary>
    public static long KeptBytes(TransformerModel model, long tokens) => tokens * model.HiddenSize * sizeof(float);

    /// <summary>
    /// Bytes while something is compared: the head, the finished states of a window, the logits of a chunk; an eighth is added for the pool's
    /// last region.
    /// </summary>
    public static long Bytes(TransformerModel model, CalibrationShape windows)
    {
        long logits = (long)Math.Min(windows.SequenceLength, RowsOfLogits(model)) * model.VocabularySize;
        int copies = model is CausalLanguageModel { LogitSoftCap: null } ? 1 : 3;
        return model.HeadParameters.Sum(MemoryEstimate.Bytes)
            + (((copies * logits) + ((long)windows.SequenceLength * model.HiddenSize)) * sizeof(float) * 9 / 8);
    }

    /// <summary>The head's product with every token's states.</summary>
    public static double Work(TransformerModel model, long tokens) => 2.0 * tokens
        * model.HeadParameters.Where(parameter => parameter.Shape.Length == 2).Sum(parameter => (double)parameter.Shape[0] * parameter.Shape[1]);

    private static int RowsOfLogits(TransformerModel model) => Math.Max(1, LargestLogits / model.VocabularySize);

    private static int WidthOfFinished(CausalLanguageModel model) => model.ProjectOut?.OutputSize ?? model.HiddenSize;

    private void ForEachChunk(Tensor states, Action<ForwardPass, int, Tensor> visit, CancellationToken cancellationToken)
    {
        int chunk = RowsOfLogits(model);
        foreach (var (first, ids) in CalibrationBatches.Sequences(windows))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var pass = model.BeginPass(computation, new TokenBatch(ids, 1));
            using var finished = model.Finish(pass, states.Rows(first, ids.Length));
            for (int start = 0; start < ids.Length; start += chunk)
            {
                visit(pass, first + start, finished.Rows(start, Math.Min(chunk, ids.Length - start)));
            }
        }
    }

    private void Keep(ForwardPass pass, int first, Tensor finished)
    {
        var kept = vectors.Rows(first, finished.RowCount);
        if (!isLinear)
        {
            finished.CopyTo(kept);
            return;
        }

        using var logits = model.Project(pass, finished);
        double[] sums = LogSums(logits);
        computation.Backend.Softmax(logits);
        computation.Backend.MatMul(MatrixProduct.NN, logits, model.Head.Weight.Value, kept);
        for (int row = 0; row < sums.Length; row++)
        {
            constants[first + row] = sums[row] - Dot(kept.Row(row), finished.Row(row));
        }
    }

    /// <summary>The sum of the divergences of a chunk's tokens.</summary>
    private double Compare(ForwardPass pass, int first, Tensor finished)
    {
        using var logits = model.Project(pass, finished);
        double[] sums = LogSums(logits);
        double total = 0;
        if (isLinear)
        {
            for (int row = 0; row < sums.Length; row++)
            {
                total += sums[row] - constants[first + row] - Dot(vectors.Row(first + row), finished.Row(row));
            }

            return total;
        }

        using var dense = model.Project(pass, vectors.Rows(first, finished.RowCount));
        double[] denseSums = LogSums(dense);
        float[] differences = new float[dense.Columns];
        for (int row = 0; row < sums.Length; row++)
        {
            TensorPrimitives.Subtract(dense.Row(row), logits.Row(row), differences);
            TensorPrimitives.Subtract(dense.Row(row), (float)denseSums[row], dense.Row(row));
            TensorPrimitives.Exp<float>(dense.Row(row), dense.Row(row));
            total += sums[row] - denseSums[row] + Dot(dense.Row(row), differences);
        }

        return total;
    }

    /// <summary>The derivative by a chunk's finished states: <c>Σ_v (q_v - p_v) E_v</c>, of which a linear head has kept <c>m = Σ_v p_v E_v</c>.</summary>
    private void Differentiate(ForwardPass pass, Tensor finished, Tensor kept, Tensor gradient)
    {
        using var logits = model.Project(pass, finished);
        if (isLinear)
        {
            computation.Backend.Softmax(logits);
        }
        else
        {
            SubtractBounded(pass, logits, kept);
        }

        computation.Backend.MatMul(MatrixProduct.NN, logits, model.Head.Weight.Value, gradient);
        if (isLinear)
        {
            TensorPrimitives.Subtract<float>(gradient.Span, kept.Span, gradient.Span);
        }

        TensorPrimitives.Divide(gradient.Span, windows.TokenCount, gradient.Span);
    }

    /// <summary>Puts <c>q_v - p_v</c> in the place of logits <c>z = c·tanh(u/c)</c>, times their derivative by <c>u</c>, <c>1 - (z/c)²</c>.</summary>
    private void SubtractBounded(ForwardPass pass, Tensor logits, Tensor kept)
    {
        float cap = model.LogitSoftCap ?? float.PositiveInfinity;
        float[] slopes = new float[logits.Columns];
        using var dense = model.Project(pass, kept);
        computation.Backend.Softmax(dense);
        for (int row = 0; row < logits.RowCount; row++)
        {
            var own = logits.Row(row);
            TensorPrimitives.Divide(own, cap, slopes);
            TensorPrimitives.Multiply<float>(slopes, slopes, slopes);
            TensorPrimitives.Subtract(1, slopes, slopes);
            TensorPrimitives.SoftMax<float>(own, own);
            TensorPrimitives.Subtract<float>(own, dense.Row(row), own);
            TensorPrimitives.Multiply<float>(own, slopes, own);
        }
    }

    /// <summary><c>ln Σ_v exp z_v</c> of each row.</summary>
    private double[] LogSums(Tensor logits)
    {
        double[] sums = new double[logits.RowCount];
        computation.Backend.CrossEntropy(logits, new int[sums.Length], sums);
        for (int row = 0; row < sums.Length; row++)
        {
            sums[row] += logits.Row(row)[0];
        }

        return sums;
    }

    private static double Dot(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        double sum = 0;
        for (int i = 0; i < first.Length; i++)
        {
            sum += (double)first[i] * second[i];
        }

        return sum;
    }
}
