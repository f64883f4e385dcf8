namespace Sparsum.Cli.Demo;

/// <summary>How much the demo does.</summary>
internal sealed record DemoBudget
{
    public required int HiddenSize { get; init; }

    public required int IntermediateSize { get; init; }

    public required int Blocks { get; init; }

    public required int Heads { get; init; }

    /// <summary>Tokens per sequence in calibration, evaluation and timing.</summary>
    public required int Length { get; init; }

    public required int CalibrationSamples { get; init; }

    public required int EvaluationDocuments { get; init; }

    public required int BenchRuns { get; init; }

    public static DemoBudget Small { get; } = new()
    {
        HiddenSize = 64,
        IntermediateSize = 176,
        Blocks = 2,
        Heads = 4,
        Length = 128,
        CalibrationSamples = 8,
        EvaluationDocuments = 20,
        BenchRuns = 5,
    };

    public static DemoBudget Normal { get; } = new()
    {
        HiddenSize = 256,
        IntermediateSize = 688,
        Blocks = 8,
        Heads = 8,
        Length = 256,
        CalibrationSamples = 32,
        EvaluationDocuments = 60,
        BenchRuns = 20,
    };
}
