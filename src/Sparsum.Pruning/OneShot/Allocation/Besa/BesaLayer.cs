using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>
/// One matrix whose sparsity is learned. A row prunes its first <c>⌊C·α⌋</c> columns in the order of their scores; gradients pass as
/// if each column were kept with the probability that the candidates' weights give it (Xu et al. 2024, straight-through).
/// </summary>
internal sealed class BesaLayer : IDisposable
{
    private readonly Tensor dense;
    private readonly int[][] order;
    private readonly float[][]? scores;
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
        order = new int[linear.OutputSize][];
        scores = options.IsExact ? new float[linear.OutputSize][] : null;
        candidateCounts = BesaCandidates.PrunedCounts(linear.InputSize);
        Groups = options.IsRowWise ? linear.OutputSize : 1;
        PrunedCounts = new int[linear.OutputSize];
        ForRows(row => Sort(scorer, row));
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
    public ReadOnlySpan<float> Scores(int row) => scores![row];

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
        int before = PrunedCounts[row];
        for (int k = before; k < count; k++)
        {
            weights[order[row][k]] = 0;
        }

        var original = dense.Row(row);
        for (int k = count; k < before; k++)
        {
            weights[order[row][k]] = original[order[row][k]];
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
        double[][] sums = new double[Linear.OutputSize][];
        ForRows(row => sums[row] = PrefixSums(row));
        if (Groups == 1)
        {
            sums = [Add(sums)];
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
                betaGradient[d] = (slope / Groups * BesaCandidates.Values[d]) - sums[group][d];
            }

            CandidateWeights.Backward(own, useSigmoid, beta, betaGradient, thetaGradient.AsSpan(first, BesaCandidates.Count));
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Linear.Weight.DisableGradient();
        dense.Dispose();
    }

    private void Sort(RowScorer scorer, int row)
    {
        float[] values = new float[Linear.InputSize];
        scorer(row, values);
        ulong[] keys = new ulong[values.Length];
        for (int c = 0; c < keys.Length; c++)
        {
            // Scores are not negative, so their bits order as they do; the column decides among equals.
            keys[c] = ((ulong)BitConverter.SingleToUInt32Bits(values[c]) << 32) | (uint)c;
        }

        Array.Sort(keys);
        order[row] = [.. keys.Select(key => (int)(uint)key)];
        scores?[row] = [.. keys.Select(key => BitConverter.UInt32BitsToSingle((uint)(key >> 32)))];
    }

    private static double[] Add(double[][] rows)
    {
        double[] total = new double[BesaCandidates.Count];
        foreach (double[] row in rows)
        {
            for (int d = 0; d < total.Length; d++)
            {
                total[d] += row[d];
            }
        }

        return total;
    }

    private static ReadOnlySpan<float> Slice(ReadOnlySpan<float> theta, int group) =>
        theta.Slice(group * BesaCandidates.Count, BesaCandidates.Count);

    private double[] PrefixSums(int row)
    {
        double[] sums = new double[BesaCandidates.Count];
        var gradient = Linear.Weight.Gradient!.Row(row);
        var original = dense.Row(row);
        int[] columns = order[row];
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

        return sums;
    }

    private void ForRows(Action<int> action) =>
        Parallel.For(0, Linear.OutputSize, new ParallelOptions { MaxDegreeOfParallelism = threads }, action);
}
