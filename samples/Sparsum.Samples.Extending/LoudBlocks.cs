using System.Text.Json.Nodes;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Transformers.Layers;

namespace Sparsum.Samples.Extending;

/// <summary>An allocation: of two neighbouring blocks, the one whose inputs are louder stays denser by <paramref name="difference"/>.</summary>
/// <param name="difference">Difference of the ratios.</param>
public sealed class LoudBlocks(double difference) : IAllocation
{
    /// <inheritdoc/>
    public string Name => "loud-blocks";

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        double[] loudness = new double[context.Pretrained.Model.Blocks.Count];
        context.ForEachDenseBlock((block, statistics) => loudness[block.Index] = Loudness(block, statistics), cancellationToken);
        double[] ratios = [.. loudness.Select((_, block) => context.Sparsity + (Sign(loudness, block) * difference / 2))];
        return new AllocationResult(new SparsityPlan(
            context.Pretrained.Model.Blocks.Select(block => block.Linears.Select(_ => ratios[block.Index]))))
        {
            Report = new JsonObject { ["ratios"] = new JsonArray([.. ratios.Select(ratio => JsonValue.Create(ratio))]) },
        };
    }

    private static double Loudness(TransformerBlock block, Func<Linear, LayerStatistics> statistics) =>
        block.Linears.Sum(layer => (double)System.Numerics.Tensors.TensorPrimitives.Norm(statistics(layer).InputNorms));

    /// <summary>-1 for the louder of a pair, 1 for the other, 0 for a last block without a neighbour.</summary>
    private static int Sign(double[] loudness, int block)
    {
        int other = block ^ 1;
        return other >= loudness.Length ? 0 : loudness[block].CompareTo(loudness[other]) is var order && order != 0 ? -order : block < other ? -1 : 1;
    }
}
