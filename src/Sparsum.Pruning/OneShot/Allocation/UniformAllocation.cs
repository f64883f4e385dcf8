using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>The same ratio, or the same pattern, everywhere.</summary>
public sealed class UniformAllocation : IAllocation
{
    /// <inheritdoc/>
    public string Name => "uniform";

    /// <inheritdoc/>
    public string Description => "the same sparsity in every layer";

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        var target = new LayerTarget(context.Sparsity) { Pattern = context.Options.Pattern };
        return new AllocationResult(new SparsityPlan(context.Pretrained.Model.Blocks.Select(block => block.Linears.Select(_ => target))));
    }
}
