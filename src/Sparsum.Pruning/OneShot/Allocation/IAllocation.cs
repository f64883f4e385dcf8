using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Transformers.Models;

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
    /// <exception cref="Core.InvalidInputException">The method, a pattern or a setting does not go with it.</exception>
    void Check(PruneOptions options)
    {
    }

    /// <summary>
    /// The memory that it needs at most, in bytes, with everything that is there while it works; 0 where that is less than pruning needs.
    /// </summary>
    /// <param name="model">The model's shapes.</param>
    /// <param name="options">The run.</param>
    /// <param name="pruning">What pruning will need.</param>
    /// <param name="data">The calibration sequences; null for none.</param>
    long EstimateBytes(TransformerModel model, PruneOptions options, MemoryEstimate pruning, CalibrationShape? data) => 0;

    /// <summary>
    /// The most bytes that it keeps in <see cref="AllocationContext.StateFolder"/> at a time; 0 where that is next to nothing.
    /// </summary>
    /// <param name="model">The model's shapes.</param>
    /// <param name="options">The run.</param>
    /// <param name="data">The calibration sequences; null for none.</param>
    long EstimateStateBytes(TransformerModel model, PruneOptions options, CalibrationShape? data) => 0;

    /// <summary>The floating-point operations of its matrix products and factorisations.</summary>
    /// <param name="model">The model's shapes.</param>
    /// <param name="options">The run.</param>
    /// <param name="needs">What the method gathers.</param>
    /// <param name="data">The calibration sequences; null for none.</param>
    double EstimateWork(TransformerModel model, PruneOptions options, StatisticKinds needs, CalibrationShape? data) => 0;

    /// <summary>The same run with settings that need less memory, each with the option that asks for it, the mildest first.</summary>
    IEnumerable<(string Option, PruneOptions Options)> Lighter(PruneOptions options) => [];

    /// <summary>The target of every layer.</summary>
    AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default);
}
