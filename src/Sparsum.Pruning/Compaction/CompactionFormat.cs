namespace Sparsum.Pruning.Compaction;

/// <summary>The form that a model is written in.</summary>
public enum CompactionFormat
{
    /// <summary>Every matrix at its full size, zeros and all: opens in any library.</summary>
    Dense,

    /// <summary>Smaller dense matrices: what is dead is gone, so blocks may differ in size.</summary>
    Shrunk,

    /// <summary>As <see cref="Shrunk"/>, and what is sparse enough is stored sparse.</summary>
    Compact,
}
