namespace Sparsum.Training.Schedules;

/// <summary>
/// The learning rate of each step: a straight warm-up from zero, then one of the shapes. Steps count from 0, as in the schedules of Hugging
/// Face Transformers: without warm-up step 0 has the full rate, with it step 0 has rate zero.
/// </summary>
public sealed class LearningRateSchedule
{
    /// <summary>Creates a schedule.</summary>
    /// <param name="shape">The shape after warm-up.</param>
    /// <param name="peak">The full rate.</param>
    /// <param name="totalSteps">Optimiser steps T of the whole run.</param>
    /// <param name="warmupSteps">Steps of warm-up among them.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The rate is negative or not finite, a number of steps is negative, or warm-up is longer than the run.
    /// </exception>
    public LearningRateSchedule(ScheduleShape shape, double peak, int totalSteps, int warmupSteps = 0)
    {
        if (!double.IsFinite(peak) || peak < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(peak), peak, "A learning rate is a finite number of at least 0.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(totalSteps);
        ArgumentOutOfRangeException.ThrowIfNegative(warmupSteps);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(warmupSteps, totalSteps);
        (Shape, Peak, TotalSteps, WarmupSteps) = (shape, peak, totalSteps, warmupSteps);
    }

    /// <summary>The shape after warm-up.</summary>
    public ScheduleShape Shape { get; }

    /// <summary>The full rate.</summary>
    public double Peak { get; }

    /// <summary>Optimiser steps of the whole run.</summary>
    public int TotalSteps { get; }

    /// <summary>Steps of warm-up among them.</summary>
    public int WarmupSteps { get; }

    /// <summary>
    /// The sum of all rates: about the farthest that Adam can carry a weight, and so the magnitude below which weights can be trained away.
    /// </summary>
    public double Reach
    {
        get
        {
            double sum = 0;
            for (int step = 0; step < TotalSteps; step++)
            {
                sum += RateAt(step);
            }

            return sum;
        }
    }

    /// <summary>The rate of a step from 0 on; past the end the shapes that fall stay at zero.</summary>
    public double RateAt(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < WarmupSteps)
        {
            return Peak * step / WarmupSteps;
        }

        double progress = Math.Min(1, (step - WarmupSteps) / (double)Math.Max(1, TotalSteps - WarmupSteps));
        return Shape switch
        {
            ScheduleShape.Linear => Peak * (1 - progress),
            ScheduleShape.Cosine => Peak * (1 + Math.Cos(Math.PI * progress)) / 2,
            ScheduleShape.InverseSqrt => Peak * Math.Sqrt(Math.Max(1, WarmupSteps) / (double)Math.Max(1, step)),
            _ => Peak,
        };
    }
}
