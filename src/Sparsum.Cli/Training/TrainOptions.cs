using System.CommandLine;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Cli.Verdicts;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Runs;

namespace Sparsum.Cli.Training;

/// <summary>The options of <c>train</c>.</summary>
internal sealed class TrainOptions
{
    public Option<string?> Output { get; } = OptionFactory.Output("OUT", "The folder of the trained model.");

    public Option<string?> Task { get; } = OptionFactory.Text(
        "--task", TaskOptions.HelpName, "The task to train on.");

    public Option<string?> Data { get; } = OptionFactory.Text(
        "--data",
        "DIR",
        "The folder of the task's files as GLUE publishes them, or the one that holds all tasks (\"hub\" takes them from the hub); of summarization and translation the one with a split to train and one to validate on.");

    public PairOptions Pairs { get; } = new();

    public SparseOptions Sparse { get; } = new();

    public Option<int?> Epochs { get; } = OptionFactory.OptionalInteger("--epochs", "N", "Times to go over the examples; by default what is usual for the task, or what the method was published with.", 1);

    public Option<int?> BatchSize { get; } = OptionFactory.OptionalInteger("--batch-size", "N", "Examples per step; by default as for --epochs.", 1);

    public Option<int?> MicroBatchSize { get; } = OptionFactory.OptionalInteger(
        "--micro-batch-size", "N", "Examples in memory at once; by default the whole batch.", 1);

    public Option<double?> LearningRate { get; } = OptionFactory.OptionalNumber(
        "--learning-rate", "R", "The highest learning rate; by default as for --epochs.", "a number above 0", value => value > 0 && double.IsFinite(value));

    public Option<int?> BatchTokens { get; } = OptionFactory.OptionalInteger(
        "--batch-tokens", "N", "summarization, translation: batches of examples of like length, as many as with their padding have N tokens; --batch-size is then the most.", 1);

    public LearningOptions Learning { get; } = new("linear", 0);

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

    public Option<bool> EvalGenerate { get; } = OptionFactory.Flag(
        "--eval-generate", "summarization, translation: measure by what the model writes during the run too, not by the loss alone.");

    public Option<int?> MaxEvalExamples { get; } = OptionFactory.OptionalInteger(
        "--max-eval-examples", "N", "summarization, translation: measure on the first N examples.", 1);

    public Option<bool> Best { get; } = OptionFactory.Flag(
        "--best", "Keep the weights that scored best on the development set (with a target: among those that meet it) instead of the last.");

    public Option<int?> CheckpointSteps { get; } = OptionFactory.OptionalInteger(
        "--checkpoint-steps", "N", "Steps between checkpoints; by default one after every epoch.", 1);

    public Option<string> DataType { get; } = SavedTypeOption.Create("float32, in which training is");

    public Option<string> Verdict { get; } = VerdictRequest.CreateOption();

    public TensorBoardOption Board { get; } = new();

    public Option<string> Engine { get; } = EngineOption.Create();

    public ExistingOptions Existing { get; } = new();

    public IEnumerable<Option> All =>
    [
        Output, Task, Data, .. Sparse.All, Epochs, BatchSize, BatchTokens, MicroBatchSize, LearningRate, .. Learning.All, WeightDecay,
        MaxGradientNorm, MaxLength, MaxExamples, .. Pairs.All, EvalGenerate, MaxEvalExamples, FreshHead, EvalSteps, Best, CheckpointSteps,
        DataType, Verdict, Board.Folder, Engine, .. Existing.All,
    ];

    /// <summary>The task.</summary>
    /// <param name="context">The run.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="InvalidInputException">The task or the folder of its files is missing, there is no such task, or an option belongs to another.</exception>
    public ITrainingTask ReadTask(RunContext context, string model)
    {
        string name = context.Get(Task) ?? throw TaskOptions.Missing(Task, "There is no task to train on.");
        if (Pairs.Find(context, name) is not { } pairs)
        {
            context.RefuseIdle($"on the task '{name}'", "choose another task", BatchTokens, EvalGenerate, MaxEvalExamples);
            var (task, folder) = TaskOptions.Read(context, Task, Data)!.Value;
            return new GlueTraining(task, folder);
        }

        return new TextPairTraining(pairs, context.Get(Data) ?? throw TaskOptions.Missing(Data, $"There are no files of {name}."), new TextPairTrainingOptions
        {
            Prefix = Pairs.Prefix(context),
            MaxTargetLength = Pairs.MaxTargetLength(context),
            BatchTokens = context.Get(BatchTokens),
            MeasuresByWriting = context.Get(EvalGenerate),
            MaxEvaluationExamples = context.Get(MaxEvalExamples),
            Generation = Pairs.Generation(context, model),
        });
    }

    /// <summary>How to train.</summary>
    /// <exception cref="InvalidInputException">A setting of the method does not fit.</exception>
    public SparseTrainingOptions Read(RunContext context)
    {
        double norm = context.Get(MaxGradientNorm);
        return Learning.Read(context, new SparseTrainingOptions
        {
            Method = Sparse.ReadMethod(context, "train"),
            Targets = Sparse.ReadTargets(context),
            Epochs = context.Get(Epochs),
            BatchSize = context.Get(BatchSize),
            MicroBatchSize = context.Get(MicroBatchSize),
            LearningRate = context.Get(LearningRate),
            WeightDecay = context.Get(WeightDecay),
            MaxGradientNorm = norm == 0 ? null : norm,
            MaxLength = context.Get(MaxLength),
            MaxExamples = context.Get(MaxExamples),
            FreshHead = context.Get(FreshHead),
            EvaluationSteps = context.Get(EvalSteps),
            KeepsBest = context.Get(Best),
            CheckpointSteps = context.Get(CheckpointSteps),
            Seed = (ulong)context.Seed,
        });
    }
}
