using Sparsum.Pruning.OneShot.Streaming;

namespace Sparsum.Pruning.OneShot.Allocation;

/// <summary>
/// Turns the reports of a block runner into those of an allocation, which takes several passes through a block, each for one candidate.
/// </summary>
/// <param name="target">Who is told.</param>
internal sealed class AllocationProgress(IProgress<PruneProgress>? target) : IProgress<PruneProgress>
{
    /// <summary>Passes through the block that are done.</summary>
    public int Done { get; set; }

    /// <summary>Passes through the block.</summary>
    public int Passes { get; set; } = 1;

    /// <summary>What the passes are for.</summary>
    public string? Candidate { get; set; }

    /// <inheritdoc/>
    public void Report(PruneProgress value) => target?.Report(value with
    {
        Phase = PrunePhase.Allocate,
        TokensDone = (Done * value.Tokens) + value.TokensDone,
        Tokens = Passes * value.Tokens,
        Candidate = Candidate,
    });
}
