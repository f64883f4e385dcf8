namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>The same ratio everywhere.</summary>
public sealed class UniformAllocation : IAllocation
{
    /// <inheritdoc/>
    public string Name => "uniform";

    /// <inheritdoc/>
    public string Description => "the same sparsity in every layer";

    /// <inheritdoc/>
    public SparsityPlan Allocate(AllocationContext context, CancellationToken cancellationToken = default) =>
        new(context.Pretrained.Model.Blocks.Select(block => block.Linears.Select(_ => context.Sparsity)));
}
