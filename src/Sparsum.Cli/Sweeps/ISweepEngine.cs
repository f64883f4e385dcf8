namespace Sparsum.Cli.Sweeps;

/// <summary>A way to get the runs of a sweep done.</summary>
internal interface ISweepEngine
{
    /// <summary>Runs whatever is not done, and puts down the end of each run. It returns early when the sweep is cancelled.</summary>
    void Run(SweepBook book);
}
