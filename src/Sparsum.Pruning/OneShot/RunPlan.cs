using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot;

/// <summary>What a run is going to take, known before it starts.</summary>
/// <param name="Memory">The memory.</param>
/// <param name="FloatingPointOperations">
/// Multiplications and additions in its matrix products and factorisations. Divided by the rate that a machine reaches in them, a lower
/// bound of the time.
/// </param>
/// <param name="StateBytes">The most bytes that the allocation keeps on disk while it works, before there is an output; 0 where it keeps none.</param>
public sealed record RunPlan(MemoryEstimate Memory, double FloatingPointOperations, long StateBytes)
{
    /// <summary>Works it out from the shapes of a model; reads no weights.</summary>
    internal static RunPlan For(PretrainedModel pretrained, IAllocation allocation, AllocationTask task, CalibrationShape? data)
    {
        var needs = task.Pruner.Needs;
        var pruning = MemoryEstimate.OfPruning(pretrained, needs, data);
        pruning = pruning with { RuntimeBytes = pruning.RuntimeBytes + task.ExchangeBytes };
        if (task.Pruner is QuantizingPruner quantizing)
        {
            pruning = pruning with { BlockBytes = pruning.BlockBytes + pretrained.Model.Blocks.Max(quantizing.ScaleBytes) };
        }

        var spreading = allocation.Estimate(pretrained.Model, task, pruning, data);
        return new RunPlan(
            pruning with { AllocationBytes = spreading.Bytes },
            spreading.Operations + WorkEstimate.OfPruning(pretrained.Model, needs, data),
            spreading.StateBytes);
    }
}
