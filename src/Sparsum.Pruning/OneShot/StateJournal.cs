namespace Sparsum.Pruning.OneShot;

/// <summary>
/// Whether an allocation keeps its hidden states on disk behind every block, so that an interrupted search goes on there. They are kept as
/// the search holds them, and results do not depend on it.
/// </summary>
public enum StateJournal
{
    /// <summary>If they fit.</summary>
    Auto,

    /// <summary>No: an interrupted search starts again with the step that it was at.</summary>
    None,

    /// <summary>Yes; a run for which the disk has too little space is refused.</summary>
    Block,
}
