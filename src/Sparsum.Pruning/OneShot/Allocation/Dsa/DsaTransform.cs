namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>Functions that an expression applies to the one number of a block; names are those of the expressions.</summary>
internal static class DsaTransform
{
    // From here on the exponential makes softplus its argument.
    private const float LinearSoftplus = 20;

    /// <summary>All names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "NO_OP", "SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "EXP", "LOG", "ABS", "SIGMOID", "TANH", "SOFTPLUS",
    ];

    /// <summary>Applies functions in order. What is no number then is 0, what is infinite -1.</summary>
    public static float Apply(IEnumerable<string> names, float value)
    {
        value = names.Aggregate(value, Apply);
        return float.IsNaN(value) ? 0 : float.IsInfinity(value) ? -1 : value;
    }

    private static float Apply(float x, string name) => name switch
    {
        "NO_OP" => x,
        "SIN" => MathF.Sin(x),
        "COS" => MathF.Cos(x),
        "TAN" => MathF.Tan(x),
        "ASIN" => MathF.Asin(x),
        "ACOS" => MathF.Acos(x),
        "ATAN" => MathF.Atan(x),
        "EXP" => MathF.Exp(x),
        "LOG" => MathF.Log(x),
        "ABS" => MathF.Abs(x),
        "SIGMOID" => 1 / (1 + MathF.Exp(-x)),
        "TANH" => MathF.Tanh(x),
        "SOFTPLUS" => x > LinearSoftplus ? x : MathF.Log(1 + MathF.Exp(x)),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown function."),
    };
}
