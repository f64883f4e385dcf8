using System.Buffers;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Tensors;
using Sparsum.Tensors.Memory;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>
/// One matrix whose sparsity is learned. A row prunes its first <c>⌊C·α⌋</c> columns in the order of their scores; gradients pass as
/// if each column were kept with the probability that the candidates' weights give it (Xu et al. 2024, straight-through).
/// </summary>
internal sealed unsafe class BesaLayer : IDisposable
{
    private readonly Tensor dense;
    private readonly NativeBuffer order;
    private readonly NativeBuffer? scores;
    private readonly int[] candidateCounts;
    private readonly bool useSigmoid;
    private readonly int threads;

    /// <summary>Takes a loaded layer, whose weight is masked in place from now on.</summary>
    /// <param name="linear">The layer.</param>
    /// <param name="scorer">Scores its rows.</param>
    /// <param name="options">Whether rows are learned each on their own, and how parameters become weights.</param>
    /// <param name="threads">Most threads to use; results do not depend on it.</param>
    public BesaLayer(Linear linear, RowScorer scorer, BesaLearning options, int threads)
    {
        Linear = linear;
        this.threads = threads;
        useSigmoid = options.UseSigmoid;
        linear.Unpack();
        linear.Weight.EnableGradient();
        dense = linear.Weight.Value.Clone();

        // Native and not managed: what is collected late would stand beside the next block's.
        order = new NativeBuffer(Elements * sizeof(int));
        scores = options.IsExact ? new NativeBuffer(Elements * sizeof(float)) : null;
        candidateCounts = BesaCandidates.PrunedCounts(linear.InputSize);
        Groups = options.IsRowWise ? linear.OutputSize : 1;
        PrunedCounts = new int[linear.OutputSize];
        Parallel.For(
            0,
            linear.OutputSize,
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            () => (Values: new float[linear.InputSize], Keys: new ulong[linear.InputSize]),
            (row, _, scratch) =>
            {
                Sort(scorer, row, scratch.Values, scratch.Keys);
                return scratch;
            },
            _ => { });
    }

    /// <summary>The layer.</summary>
    public Linear Linear { get; }

    /// <summary>Sparsities that are learned: one for each row, or one.</summary>
    public int Groups { get; }

    /// <summary>Parameters that are learned.</summary>
    public int ParameterCount => Groups * BesaCandidates.Count;

    /// <summary>Weights of the matrix.</summary>
    public long Elements => (long)Linear.OutputSize * Linear.InputSize;

    /// <summary>How many columns each row prunes.</summary>
    public int[] PrunedCounts { get; }

    /// <summary>The scores of a row, lowest first, which are kept where the target is to be met exactly.</summary>
    public ReadOnlySpan<float> Scores(int row) => new((float*)scores!.Pointer + ((long)row * Linear.InputSize), Linear.InputSize);

    /// <summary>The learned sparsities <c>α</c>, in single precision as the reference holds them.</summary>
    public float[] Sparsities(ReadOnlySpan<float> theta)
    {
        float[] sparsities = new float[Groups];
        Span<double> beta = stackalloc double[BesaCandidates.Count];
        for (int group = 0; group < Groups; group++)
        {
            CandidateWeights.Compute(Slice(theta, group), useSigmoid, beta);
            sparsities[group] = (float)CandidateWeights.Sparsity(beta);
        }

        return sparsities;
    }

    /// <summary>Prunes every row by its sparsity, the product <c>C·α</c> in single precision as the reference forms it.</summary>
    public void Mask(float[] sparsities) => ForRows(row =>
    {
        float sparsity = sparsities[Groups == 1 ? 0 : row];
        Prune(row, (int)MathF.Floor(sparsity * Linear.InputSize));
    });

    /// <summary>Prunes a number of columns of a row.</summary>
    public void Prune(int row, int count)
    {
        var weights = Linear.Weight.Value.Row(row);
        var columns = Order(row);
        int before = PrunedCounts[row];
        for (int k = before; k < count; k++)
        {
            weights[columns[k]] = 0;
        }

        var original = dense.Row(row);
        for (int k = count; k < before; k++)
        {
            weights[columns[k]] = original[columns[k]];
        }

        PrunedCounts[row] = count;
    }

    /// <summary>
    /// The gradient of the parameters: <c>dL/dβ_d = -Σ_{k &lt; ⌊C·p_d⌋} g_k w_k</c> along the order of a row, over all rows of a
    /// group, and <c>p_d</c> times what the penalty asks of each sparsity.
    /// </summary>
    /// <param name="theta">The parameters of the block.</param>
    /// <param name="offset">Where this layer's begin.</param>
    /// <param name="slope">Derivative of the penalty by this layer's mean sparsity.</param>
    /// <param name="thetaGradient">Receives the gradient in the same places.</param>
    public void Backward(float[] theta, int offset, double slope, float[] thetaGradient)
    {
        double[] sums = ArrayPool<double>.Shared.Rent(Linear.OutputSize * BesaCandidates.Count);
        ForRows(row => PrefixSums(row, sums.AsSpan(row * BesaCandidates.Count, BesaCandidates.Count)));
        if (Groups == 1)
        {
            Add(sums);
        }

        Parallel.For(0, Groups, new ParallelOptions { MaxDegreeOfParallelism = threads }, group =>
        {
            Span<double> beta = stackalloc double[BesaCandidates.Count];
            Span<double> betaGradient = stackalloc double[BesaCandidates.Count];
            int first = offset + (group * BesaCandidates.Count);
            var own = theta.AsSpan(first, BesaCandidates.Count);
            CandidateWeights.Compute(own, useSigmoid, beta);
            for (int d = 0; d < BesaCandidates.Count; d++)
            {
                betaGradient[d] = (slope / Groups * BesaCandidates.Values[d]) - sums[(group * BesaCandidates.Count) + d];
            }

            CandidateWeights.Backward(own, useSigmoid, beta, betaGradient, thetaGradient.AsSpan(first, BesaCandidates.Count));
        });
        ArrayPool<double>.Shared.Return(sums);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Linear.Weight.DisableGradient();
        dense.Dispose();
        order.Dispose();
        scores?.Dispose();
    }

    /// <summary>The columns of a row, lowest score first.</summary>
    private Span<int> Order(int row) => new((int*)order.Pointer + ((long)row * Linear.InputSize), Linear.InputSize);

    private void Sort(RowScorer scorer, int row, float[] values, ulong[] keys)
    {
        scorer(row, values);
        for (int c = 0; c < keys.Length; c++)
        {
            // Scores are not negative, so their bits order as they do; the column decides among equals.
            keys[c] = ((ulong)BitConverter.SingleToUInt32Bits(values[c]) << 32) | (uint)c;
        }

        Array.Sort(keys);
        var columns = Order(row);
        for (int k = 0; k < keys.Length; k++)
        {
            columns[k] = (int)(uint)keys[k];
        }

        if (scores is not null)
        {
            var sorted = new Span<float>((float*)scores.Pointer + ((long)row * keys.Length), keys.Length);
            for (int k = 0; k < keys.Length; k++)
            {
                sorted[k] = BitConverter.UInt32BitsToSingle((uint)(keys[k] >> 32));
            }
        }
    }

    /// <summary>Adds the sums of all rows to those of the first.</summary>
    private void Add(double[] sums)
    {
        for (int row = 1; row < Linear.OutputSize; row++)
        {
            for (int d = 0; d < BesaCandidates.Count; d++)
            {
                sums[d] += sums[(row * BesaCandidates.Count) + d];
            }
        }
    }

    private static ReadOnlySpan<float> Slice(ReadOnlySpan<float> theta, int group) =>
        theta.Slice(group * BesaCandidates.Count, BesaCandidates.Count);

    private void PrefixSums(int row, Span<double> sums)
    {
        var gradient = Linear.Weight.Gradient!.Row(row);
        var original = dense.Row(row);
        var columns = Order(row);
        double sum = 0;
        int k = 0;
        for (int d = BesaCandidates.Count - 1; d >= 0; d--)
        {
            for (; k < candidateCounts[d]; k++)
            {
                sum += (double)gradient[columns[k]] * original[columns[k]];
            }

            sums[d] = sum;
        }
    }

    private void ForRows(Action<int> action) =>
        Parallel.For(0, Linear.OutputSize, new ParallelOptions { MaxDegreeOfParallelism = threads }, action);
}
