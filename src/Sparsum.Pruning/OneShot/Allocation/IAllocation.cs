using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
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

    /// <summary>Whether it has ratios of its own, so that the target of a run means nothing to it.</summary>
    bool HasOwnSparsity => false;

    /// <summary>Whether it can work where all layers of a block are left out.</summary>
    bool SparesBlocks => false;

    /// <summary>
    /// Whether processes that run together can share its work, see <see cref="AllocationContext.Group"/>; one that does all of it on every process
    /// is refused there.
    /// </summary>
    bool SharesWork => false;

    /// <summary>Refuses a model that it cannot serve, before anything is computed; layers that are left out are gone from its blocks.</summary>
    /// <exception cref="InvalidInputException">The model does not go with it.</exception>
    void CheckModel(TransformerModel model)
    {
    }

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

/// <summary>What an allocation spreads, and what will prune by it.</summary>
public sealed record AllocationTask
{
    /// <summary>The target over all pruned matrices, from 0 to below 1.</summary>
    public required double Sparsity { get; init; }

    /// <summary>What the processes of a shared run take besides for what they exchange (<see cref="Core.ProcessGroup.ExchangeBytes"/>).</summary>
    public long ExchangeBytes { get; init; }

    /// <summary>Which weights compete, and in what shape they go.</summary>
    public required MaskOptions Masks { get; init; }

    /// <summary>How many weights a plan's ratios come to.</summary>
    public SparsityRounding Rounding { get; init; }

    /// <summary>The pruning method.</summary>
    public required IPruningMethod Method { get; init; }

    /// <summary>Prunes layers in the end, refinement included.</summary>
    public required ILayerPruner Pruner { get; init; }

    /// <summary>Prunes the layers of candidates: by <see cref="IPruningMethod.ForSearch"/>, refinement included.</summary>
    public required ILayerPruner SearchPruner { get; init; }
}

/// <summary>What an allocation found.</summary>
/// <param name="Plan">How sparse each layer is to become.</param>
public sealed record AllocationResult(SparsityPlan Plan)
{
    /// <summary>What led to it, for the run record: choices, metrics of candidates, ratios. Null when there is nothing to tell.</summary>
    public JsonObject? Report { get; init; }
}

/// <summary>What an allocation takes, from shapes alone.</summary>
/// <param name="Bytes">
/// The memory that it needs at most with everything that is there while it works; 0 where that is less than pruning needs.
/// </param>
/// <param name="Operations">The floating-point operations of its matrix products and factorisations.</param>
/// <param name="StateBytes">
/// The most bytes that it keeps in <see cref="AllocationContext.StateFolder"/> at a time; 0 where that is next to nothing.
/// </param>
public readonly record struct AllocationCost(long Bytes = 0, double Operations = 0, long StateBytes = 0);
