using Sparsum.Pruning.SparseTraining.Targets;
using Sparsum.Training;

namespace Sparsum.Pruning.SparseTraining.Steps;

/// <summary>When in a run that has a target what happens. A function of options and length alone, so a resumed run has the same.</summary>
/// <param name="SettleStep">Steps after which the target is met and nothing more is removed.</param>
/// <param name="EventSteps">Steps between two moves of ramp and controller.</param>
/// <param name="StructureSteps">Steps between two removals of heads and neurons.</param>
/// <param name="RampStart">Steps after which the ramp begins to set weights to zero.</param>
internal sealed record SparsitySchedule(int SettleStep, int EventSteps, int StructureSteps, int RampStart)
{
    private const int StructureEvents = 8;

    /// <summary>The stages of a run.</summary>
    /// <param name="trainer">The run.</param>
    /// <param name="options">The settings.</param>
    /// <param name="isSteered">Whether penalties have the first two thirds of the ramp for themselves.</param>
    public static SparsitySchedule Of(Trainer trainer, SparsityOptions options, bool isSteered)
    {
        int total = trainer.Schedule.TotalSteps;
        int settle = options.TargetMode is TargetMode.Ramp or TargetMode.Steered ? Math.Clamp((int)Math.Round(options.RampShare * total), 1, Math.Max(1, total)) : total;
        return new SparsitySchedule(settle, Math.Max(1, settle / options.RampEvents), Math.Max(1, settle / StructureEvents), isSteered ? settle * 2 / 3 : 0);
    }

    /// <summary>
    /// Steps after which penalties that write zeros by themselves are off: one event before the ramp ends. The weights that they hold at zero
    /// beyond the target move again, and the last event finds the smallest.
    /// </summary>
    public int EarlyRelease => SettleStep - Math.Min(EventSteps, SettleStep / 2);

    /// <summary>Whether ramp and controller move after a step.</summary>
    public bool IsEvent(int step) => step == SettleStep || (step < SettleStep && step % EventSteps == 0);

    /// <summary>Whether heads and neurons may go after a step.</summary>
    public bool IsStructureEvent(int step) => step == SettleStep || (step < SettleStep && step % StructureSteps == 0);

    /// <summary>The share of the heads to remove that should be gone after a step; all of them half-way, so that the ramp can follow.</summary>
    public double HeadShare(int step) => Math.Min(1, 2.0 * step / Math.Max(1, SettleStep));
}
