namespace Sparsum.Cli.Sweeps;

/// <summary>How far a run is.</summary>
internal enum RunState
{
    /// <summary>Not begun.</summary>
    Pending,

    /// <summary>Begun; when nobody works on it, interrupted.</summary>
    Running,

    /// <summary>All steps are done.</summary>
    Done,

    /// <summary>A step failed.</summary>
    Failed,
}
