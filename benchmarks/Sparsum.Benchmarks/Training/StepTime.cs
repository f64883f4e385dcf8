namespace Sparsum.Benchmarks.Training;

/// <summary>How long a step took.</summary>
/// <param name="Wall">Seconds on the clock.</param>
/// <param name="Processor">Seconds of all threads on a processor, which a busy machine disturbs less.</param>
internal readonly record struct StepTime(double Wall, double Processor);
