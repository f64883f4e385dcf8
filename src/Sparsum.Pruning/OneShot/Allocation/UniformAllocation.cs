using System.ComponentModel;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>The same ratio, or the same pattern, everywhere.</summary>
[Description("the same sparsity in every layer")]
public sealed class UniformAllocation : IAllocation
{
    /// <inheritdoc/>
    public string Name => "uniform";

    /// <inheritdoc/>
    public bool SparesBlocks => true;

    /// <inheritdoc/>
    public bool SharesWork => true;

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        var target = new LayerTarget(context.Sparsity) { Pattern = context.Task.Masks.Pattern };
        return new AllocationResult(new SparsityPlan(context.Pretrained.Model.Blocks.Select(block => block.Linears.Select(_ => target))));
    }
}
