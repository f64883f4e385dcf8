namespace Sparsum.Training.Schedules;

/// <summary>How the learning rate goes on after warm-up.</summary>
public enum ScheduleShape
{
    /// <summary>Down to zero in a straight line.</summary>
    Linear,

    /// <summary>Down to zero along half a cosine (Loshchilov and Hutter, SGDR, 2017, without restarts).</summary>
    Cosine,

    /// <summary>Stays.</summary>
    Constant,

    /// <summary>Falls with the root of the step (Vaswani et al. 2017, section 5.3): <c>peak · sqrt(max(1, warm-up) / max(step, 1))</c>.</summary>
    InverseSqrt,
}
