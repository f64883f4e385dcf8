namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>Operations that an expression applies to every score before it reduces them; names are those of the expressions.</summary>
internal static class DsaOperation
{
    private const float LogOffset = 1e-6f;

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "NO_OP", "ABS", "LOG", "ABSLOG", "POW", "EXP", "NORMALIZE", "SIGMOID", "TANH", "MMS",
    ];

    /// <summary>Whether an operation has to know all values before it can change one.</summary>
    public static bool NeedsSummary(string name) => name is "NORMALIZE" or "MMS";

    /// <summary>The operation on one value.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="summary">What <see cref="NeedsSummary"/> asks for; any for the others.</param>
    public static Func<float, float> Create(string name, ScoreSummary summary) => name switch
    {
        "NO_OP" => x => x,
        "ABS" => MathF.Abs,
        "LOG" => x => MathF.Log((x <= 0 ? 1 : x) + LogOffset),
        "ABSLOG" => x => MathF.Log(MathF.Abs(x == 0 ? 1 : x)),
        "POW" => x => x * x,
        "EXP" => MathF.Exp,
        "NORMALIZE" => Normalize((float)summary.Mean, (float)Math.Sqrt(summary.Variance)),
        "SIGMOID" => x => 1 / (1 + MathF.Exp(-x)),
        "TANH" => MathF.Tanh,
        "MMS" => Scale(summary.Least, summary.Most - summary.Least),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown operation."),
    };

    private static Func<float, float> Normalize(float mean, float deviation) => x => (x - mean) / deviation;

    private static Func<float, float> Scale(float least, float range) => x => (x - least) / range;
}
