using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Streaming;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>Ends a run as if it were killed, at one of its reports from an allocation.</summary>
internal static class Interruption
{
    public static void At(TestModel model, PruneOptions options, int report)
    {
        int count = 0;
        Assert.Throws<InvalidTimeZoneException>(() => model.Prune(options, progress: progress =>
        {
            if (progress.Phase == PrunePhase.Allocate && ++count == report)
            {
                throw new InvalidTimeZoneException();
            }
        }));
        Assert.False(Directory.Exists(model.Output));
    }
}
