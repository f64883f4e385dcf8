using System.Numerics.Tensors;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Pruning.OneShot.Refinement.Dsnot;

/// <summary>Refines the rows of one layer, several at once if need be.</summary>
internal sealed class DsnotLayer
{
    private readonly DsnotOptions options;
    private readonly Tensor weight;
    private readonly RowScorer scorer;
    private readonly NmPattern? pattern;
    private readonly double[] sums;
    private readonly double[] spreads;
    private readonly double[] norms;
    private readonly double threshold;

    /// <summary>Takes a weight <c>[R, C]</c>, what calibration saw of its input, and the initial scores.</summary>
    public DsnotLayer(DsnotOptions options, Tensor weight, LayerStatistics statistics, RowScorer scorer, NmPattern? pattern)
    {
        this.options = options;
        this.weight = weight;
        this.scorer = scorer;
        this.pattern = pattern;
        var moments = statistics.Moments ?? throw new ArgumentException("DSnoT needs moments.", nameof(statistics));
        sums = [.. moments.Sums];
        spreads = [.. moments.Variances.Select(variance => Math.Pow(variance, options.VariancePower))];
        norms = [.. statistics.InputNorms.ToArray().Select(norm => (double)norm)];
        threshold = options.ThresholdFor((double)statistics.Tokens / statistics.Samples);
    }

    /// <summary>Refines the mask of a row.</summary>
    public void Refine(int row, Span<bool> pruned) => RowExchange.Refine(Row(row, pruned), options.Cycles);

    /// <summary>Refines the mask of a row as the published code does, for so many cycles of the layer; -1 where that ends with an error.</summary>
    public int RefineAsPublished(int row, Span<bool> pruned, int cycles) => PublishedExchange.Refine(Row(row, pruned), cycles, stopsAtOnce: false);

    /// <summary>The cycle in which a row would stop in the published code; -1 where that ends with an error.</summary>
    public int FindStop(int row, ReadOnlySpan<bool> pruned) =>
        PublishedExchange.Refine(Row(row, pruned.ToArray()), options.Cycles, stopsAtOnce: true);

    private DsnotRow Row(int row, Span<bool> pruned)
    {
        var contributions = new double[weight.Columns];
        var importance = new double[weight.Columns];
        TensorPrimitives.ConvertTruncating<float, double>(weight.Row(row), contributions);
        TensorPrimitives.Abs<double>(contributions, importance);
        TensorPrimitives.Multiply<double>(importance, norms, importance);
        TensorPrimitives.Multiply<double>(contributions, sums, contributions);
        float[] scores = [];
        if (pattern is not null)
        {
            scores = new float[weight.Columns];
            scorer(row, scores);
        }

        return new DsnotRow
        {
            Contributions = contributions,
            Pruned = pruned,
            Spreads = spreads,
            Importance = importance,
            InitialScores = scores,
            Pattern = pattern,
            Threshold = threshold,
            SameSign = options.SameSign || pattern is not null,
        };
    }
}
