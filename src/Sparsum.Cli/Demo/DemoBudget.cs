namespace Sparsum.Cli.Demo;

/// <summary>How much the demo does.</summary>
internal sealed record DemoBudget
{
    /// <summary>Summaries to fine-tune on.</summary>
    public required int TrainExamples { get; init; }

    /// <summary>Times to go over them.</summary>
    public required int Epochs { get; init; }

    public required int CalibrationSamples { get; init; }

    public required int EvaluationDocuments { get; init; }

    public required int BenchRuns { get; init; }

    public static DemoBudget Small { get; } = new()
    {
        TrainExamples = 1000,
        Epochs = 6,
        CalibrationSamples = 8,
        EvaluationDocuments = 60,
        BenchRuns = 10,
    };

    public static DemoBudget Normal { get; } = new()
    {
        TrainExamples = 4000,
        Epochs = 4,
        CalibrationSamples = 64,
        EvaluationDocuments = 500,
        BenchRuns = 20,
    };
}
