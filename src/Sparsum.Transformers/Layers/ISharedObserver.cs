using Sparsum.Core;

namespace Sparsum.Transformers.Layers;

/// <summary>
/// An observer of sums, to which the processes of a group can add: each shows it the batches that it runs, and in the end all have what one process
/// would have seen.
/// </summary>
public interface ISharedObserver : ILinearObserver
{
    /// <summary>Adds what the other processes have seen; called once, on all of them, when the pass is over.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="layers">The layers that may have been seen, in one order everywhere.</param>
    void Sum(ProcessGroup group, IReadOnlyList<Linear> layers);
}
