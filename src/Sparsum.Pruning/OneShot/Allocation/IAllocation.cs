namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>
/// Spreads a target sparsity over the layers of a model. A new allocation is one class and one line in <see cref="Allocations.All"/>.
/// </summary>
public interface IAllocation
{
    /// <summary>What users call it, in lower case.</summary>
    string Name { get; }

    /// <summary>One line for help texts.</summary>
    string Description { get; }

    /// <summary>The ratio of every layer.</summary>
    SparsityPlan Allocate(AllocationContext context, CancellationToken cancellationToken = default);
}
