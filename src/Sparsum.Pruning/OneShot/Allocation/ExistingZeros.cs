using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors.Numerics;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>
/// Zeros that a model has before it is pruned: they stay and count. Where they are more than a row's ratio asks for, all ratios are lowered
/// alike until what is there and what is added meet the plan's mean, so that a sparsely trained model reaches the target and not more.
/// </summary>
internal sealed class ExistingZeros
{
    private const int Bisections = 60;

    /// <summary>For each block and layer the share of zeros in each unit, which is a row or the whole layer.</summary>
    private readonly double[][][] shares;
    private readonly long[][] unitSizes;

    private ExistingZeros(double[][][] shares, long[][] unitSizes)
    {
        this.shares = shares;
        this.unitSizes = unitSizes;
        IReadOnlyList<IReadOnlyList<LayerTarget>> none = [.. shares.Select(block => block.Select(_ => new LayerTarget(0)).ToArray())];
        Share = Sum((_, share) => share, none) / Sum((_, _) => 1, none);
    }

    /// <summary>Share of zeros in all layers.</summary>
    public double Share { get; }

    /// <summary>Counts them, one block in memory at a time.</summary>
    /// <param name="context">The model and the options, which say what competes with what.</param>
    /// <param name="cancellationToken">Ends the work between blocks.</param>
    public static ExistingZeros Count(AllocationContext context, CancellationToken cancellationToken)
    {
        var pretrained = context.Pretrained;
        var blocks = pretrained.Model.Blocks;
        bool areRowsAlone = context.Task.Masks.Granularity == Granularity.Row && context.Task.Method.TakesRowRatios;
        double[][][] shares = new double[blocks.Count][][];
        foreach (var block in blocks)
        {
            context.Progress?.Report(new PruneProgress(PrunePhase.Allocate, block.Index, blocks.Count, Candidate: "counting zeros"));
            using var loaded = new LoadedParameters(pretrained, block.Linears.Select(layer => layer.Weight), cancellationToken);
            shares[block.Index] = [.. block.Linears.Select(layer => CountShares(layer, areRowsAlone))];
        }

        return new ExistingZeros(
            shares, [.. blocks.Select(block => block.Linears.Select(layer => areRowsAlone ? layer.InputSize : BlockSizes.Of(layer)).ToArray())]);
    }

    /// <summary>
    /// The same targets where no zeros are in their way; otherwise with ratios lowered by one amount, not below 0, so that the mean over
    /// weights stays. Patterns stay as they are.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<LayerTarget>> Adjust(IReadOnlyList<IReadOnlyList<LayerTarget>> targets)
    {
        double wanted = Sum((ratio, _) => ratio, targets);
        if (targets.Any(block => block.Any(target => target.Pattern is not null)) || Sum((ratio, share) => Math.Max(ratio, share), targets) <= wanted)
        {
            return targets;
        }

        double low = 0;
        double high = 1;
        for (int i = 0; i < Bisections; i++)
        {
            double shift = (low + high) / 2;
            bool isEnough = Sum((ratio, share) => Math.Max(ratio - shift, share), targets) <= wanted;
            (low, high) = isEnough ? (low, shift) : (shift, high);
        }

        return [.. targets.Select(block => block.Select(target => Lower(target, high)).ToArray())];
    }

    private static LayerTarget Lower(LayerTarget target, double shift) => target with
    {
        Ratio = Math.Max(0, target.Ratio - shift),
        RowRatios = target.RowRatios is { } rows ? [.. rows.Select(ratio => Math.Max(0, ratio - shift))] : null,
    };

    private static double[] CountShares(Linear layer, bool areRowsAlone)
    {
        var weight = layer.Weight.Value;
        return areRowsAlone
            ? [.. Enumerable.Range(0, weight.RowCount).Select(row => (double)Zeros.Count(weight.Rows(row, 1)) / weight.Columns)]
            : [(double)Zeros.Count(weight) / weight.Length];
    }

    /// <summary>The sum over all weights of a value of each unit.</summary>
    private double Sum(Func<double, double, double> value, IReadOnlyList<IReadOnlyList<LayerTarget>> targets)
    {
        double sum = 0;
        for (int block = 0; block < shares.Length; block++)
        {
            for (int layer = 0; layer < shares[block].Length; layer++)
            {
                var target = targets[block][layer];
                double[] units = shares[block][layer];
                double ofLayer = 0;
                for (int unit = 0; unit < units.Length; unit++)
                {
                    double ratio = target.RowRatios is { } rows && units.Length == rows.Count ? rows[unit] : target.Ratio;
                    ofLayer += value(ratio, units[unit]);
                }

                sum += ofLayer * unitSizes[block][layer];
            }
        }

        return sum;
    }
}
