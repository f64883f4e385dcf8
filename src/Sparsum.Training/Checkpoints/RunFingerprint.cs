using System.Globalization;
using Sparsum.Tensors;

namespace Sparsum.Training.Checkpoints;

/// <summary>Everything that decides about the bits of a run besides the model: data, hooks, and options that are not about checkpoints.</summary>
internal static class RunFingerprint
{
    /// <summary>The fingerprint as text that people can read.</summary>
    public static string Of(Trainer trainer)
    {
        var options = trainer.Options;
        var optimizer = options.Optimizer;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"data {trainer.Data.Fingerprint}, steps {trainer.Schedule.TotalSteps}, epochs {options.Epochs}, rate {options.LearningRate:R} {options.Schedule} after {options.WarmupSteps}, ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"at once {options.MicroBatchSize?.ToString(CultureInfo.InvariantCulture) ?? "all"}, seed {options.Seed}, ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"betas {optimizer.AdamW.Beta1:R} {optimizer.AdamW.Beta2:R}, epsilon {optimizer.AdamW.Epsilon:R}, ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"{(optimizer.EpsilonBeforeCorrection ? "epsilon first, " : "")}decay {optimizer.WeightDecay:R} {optimizer.DecayRule}, norm {optimizer.MaxGradientNorm ?? double.PositiveInfinity:R}")
            + (options.RoundsActivations ? options.Recomputes ? ", inputs of blocks bfloat16" : ", activations bfloat16" : "")
            + (trainer.Precision == Float32Precision.High ? ", products of high precision" : "")
            + (options.LabelSmoothing == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", smoothing {options.LabelSmoothing:R}"))
            + string.Concat(trainer.Hooks.Select(hook => hook.Fingerprint).Where(text => text.Length > 0).Select(text => $", {text}"));
    }
}
