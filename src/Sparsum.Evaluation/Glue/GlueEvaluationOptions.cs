namespace Sparsum.Evaluation.Glue;

/// <summary>How a split goes through a model; padding is masked, so neither changes what is measured but by rounding.</summary>
public sealed record GlueEvaluationOptions
{
    /// <summary>Examples that go through together.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>The token that fills short rows.</summary>
    public int PaddingToken { get; init; }
}
