using Sparsum.Pruning.OneShot.Methods;

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

    /// <summary>Whether it needs calibration data, whatever the method.</summary>
    bool NeedsCalibration => false;

    /// <summary>
    /// Whether it takes so long that it keeps what it has so far in <see cref="AllocationContext.StateFolder"/>; an interrupted run can then be
    /// resumed before its first block is done.
    /// </summary>
    bool KeepsState => false;

    /// <summary>Its settings.</summary>
    IReadOnlyList<MethodSetting> Settings => [];

    /// <summary>Checks options that it cannot serve, before anything is read.</summary>
    /// <exception cref="Transformers.Errors.InvalidInputException">The method, a pattern or a setting does not go with it.</exception>
    void Check(PruneOptions options)
    {
    }

    /// <summary>The target of every layer.</summary>
    AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default);
}
