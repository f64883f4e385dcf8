using Sparsum.Core;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>Spreads a target sparsity over the layers of a model. Its settings are in place.</summary>
public interface IAllocation
{
    /// <summary>What records call it, in lower case.</summary>
    string Name { get; }

    /// <summary>Its settings, defaults included.</summary>
    IReadOnlyDictionary<string, string> Settings => SettingText.Empty;

    /// <summary>Whether it needs calibration data, whatever the method.</summary>
    bool NeedsCalibration => false;

    /// <summary>
    /// Whether it takes so long that it keeps what it has so far in <see cref="AllocationContext.StateFolder"/>; an interrupted run can then be
    /// resumed before its first block is done.
    /// </summary>
    bool KeepsState => false;

    /// <summary>Refuses a task that it cannot serve, before anything is read.</summary>
    /// <exception cref="InvalidInputException">The method, a pattern or a setting does not go with it.</exception>
    void Check(AllocationTask task)
    {
    }

    /// <summary>What it takes.</summary>
    /// <param name="model">The model's shapes.</param>
    /// <param name="task">What is to be spread.</param>
    /// <param name="pruning">The memory that pruning will need.</param>
    /// <param name="data">The calibration sequences; null for none.</param>
    AllocationCost Estimate(TransformerModel model, AllocationTask task, MemoryEstimate pruning, CalibrationShape? data) => default;

    /// <summary>The same with settings that need less memory, each with those settings in words, the mildest first.</summary>
    IEnumerable<(string Settings, IAllocation Allocation)> Lighter(AllocationTask task) => [];

    /// <summary>The target of every layer.</summary>
    AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default);
}
