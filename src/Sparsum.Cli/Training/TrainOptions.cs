using System.CommandLine;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.Glue;
using Sparsum.Pruning.SparseTraining.Runs;
using Sparsum.Training.Schedules;

namespace Sparsum.Cli.Training;

/// <summary>The options of <c>train</c>.</summary>
internal sealed class TrainOptions
{
    public Option<string?> Output { get; } = OptionFactory.Output("OUT", "The folder of the trained model.");

    public Option<string?> Task { get; } = OptionFactory.Text(
        "--task", TaskOptions.HelpName, "The task to train on.");

    public Option<string?> Data { get; } = OptionFactory.Text(
        "--data", "DIR", "The folder of the task's files as GLUE publishes them, or the one that holds all tasks; \"hub\" takes them from the hub.");

    public SparseOptions Sparse { get; } = new();

    public Option<int?> Epochs { get; } = OptionFactory.OptionalInteger("--epochs", "N", "Times to go over the examples; by default what is usual for the task, or what the method was published with.", 1);

    public Option<int?> BatchSize { get; } = OptionFactory.OptionalInteger("--batch-size", "N", "Examples per step; by default as for --epochs.", 1);

    public Option<int?> MicroBatchSize { get; } = OptionFactory.OptionalInteger(
        "--micro-batch-size", "N", "Examples in memory at once; by default the whole batch.", 1);

    public Option<double?> LearningRate { get; } = OptionFactory.OptionalNumber(
        "--learning-rate", "R", "The highest learning rate; by default as for --epochs.", "a number above 0", value => value > 0 && double.IsFinite(value));

    public Option<string> Schedule { get; } = OptionFactory.Choice(
        "--schedule", "How the learning rate goes on after warm-up.", "linear", [.. Enum.GetValues<ScheduleShape>().Select(JsonText.NameOf)]);

    public Option<double> Warmup { get; } = OptionFactory.Number(
        "--warmup", "S", "Share of the steps over which the learning rate rises.", 0, "a number in [0, 1]", value => value is >= 0 and <= 1);

    public Option<double> WeightDecay { get; } = OptionFactory.Number(
        "--weight-decay", "D", "Decoupled weight decay of matrices and embeddings.", 0, "a number of at least 0", value => value >= 0 && double.IsFinite(value));

    public Option<double> MaxGradientNorm { get; } = OptionFactory.Number(
        "--max-gradient-norm", "G", "Clip the norm of all gradients to this; 0 does not clip.", 1, "a number of at least 0", value => value >= 0);

    public Option<int?> MaxLength { get; } = OptionFactory.OptionalInteger(
        "--max-length", "N", "Most tokens of an example; by default what is usual for the task.", 3);

    public Option<int?> MaxExamples { get; } = OptionFactory.OptionalInteger(
        "--max-examples", "N", "Train on the first N examples of a shuffle by --seed.", 1);

    public Option<bool> FreshHead { get; } = OptionFactory.Flag("--fresh-head", "Draw the classifier anew, whatever the model was trained for.");

    public Option<int?> EvalSteps { get; } = OptionFactory.OptionalInteger(
        "--eval-steps", "N", "Evaluate every N steps, besides after every epoch.", 1);

    public Option<bool> Best { get; } = OptionFactory.Flag(
        "--best", "Keep the weights that scored best on the development set (with a target: among those that meet it) instead of the last.");

    public Option<int?> CheckpointSteps { get; } = OptionFactory.OptionalInteger(
        "--checkpoint-steps", "N", "Steps between checkpoints; by default one after every epoch.", 1);

    public ExistingOptions Existing { get; } = new();

    public IEnumerable<Option> All =>
    [
        Output, Task, Data, .. Sparse.All, Epochs, BatchSize, MicroBatchSize, LearningRate, Schedule, Warmup, WeightDecay, MaxGradientNorm,
        MaxLength, MaxExamples, FreshHead, EvalSteps, Best, CheckpointSteps, .. Existing.All,
    ];

    /// <summary>The task and the folder of its files.</summary>
    /// <exception cref="InvalidInputException">One is missing, or there is no such task.</exception>
    public (GlueTask Task, string Folder) ReadTask(RunContext context) => TaskOptions.Read(context, Task, Data)
        ?? throw TaskOptions.Missing(Task, "There is no task to train on.");

    /// <summary>How to train.</summary>
    /// <exception cref="InvalidInputException">A setting of the method does not fit.</exception>
    public SparseTrainingOptions Read(RunContext context)
    {
        double norm = context.Get(MaxGradientNorm);
        return new SparseTrainingOptions
        {
            Method = Sparse.ReadMethod(context, "train"),
            Targets = Sparse.ReadTargets(context),
            Epochs = context.Get(Epochs),
            BatchSize = context.Get(BatchSize),
            MicroBatchSize = context.Get(MicroBatchSize),
            LearningRate = context.Get(LearningRate),
            Schedule = Enum.Parse<ScheduleShape>(context.Get(Schedule), ignoreCase: true),
            Warmup = context.Get(Warmup),
            WeightDecay = context.Get(WeightDecay),
            MaxGradientNorm = norm == 0 ? null : norm,
            MaxLength = context.Get(MaxLength),
            MaxExamples = context.Get(MaxExamples),
            FreshHead = context.Get(FreshHead),
            EvaluationSteps = context.Get(EvalSteps),
            KeepsBest = context.Get(Best),
            CheckpointSteps = context.Get(CheckpointSteps),
            Seed = (ulong)context.Seed,
        };
    }
}
