using System.CommandLine;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Cli.Training;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Runs;
using Sparsum.Training.Pretraining;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Cli.Pretraining;

/// <summary>The options of <c>pretrain</c>.</summary>
internal sealed class PretrainOptions
{
    public Option<string?> Output { get; } = OptionFactory.Output("OUT", "The folder of the trained model.");

    public Option<string?> Data { get; } =
        OptionFactory.Text("--data", "FILE", "Text to train on: JSON lines with a field \"text\", or plain text; or a data set of the hub: wikitext2, ptb, c4.");

    public Option<string> Objective { get; } = OptionFactory.Choice(
        "--objective",
        "What to learn: the next token, hidden tokens, or with an encoder and a decoder spans that were taken out. By default what the architecture has a head for.",
        "auto",
        ["auto", .. PretrainingObjective.All.Select(objective => objective.Name)]);

    public Option<string> Positions { get; } = OptionFactory.Choice(
        "--positions", "First values of learned positions; sinusoidal ones are learned from much sooner.", "random", "random", "sinusoidal");

    public TokenizerOptions Tokenizers { get; } = new();

    public Option<bool> Continue { get; } =
        OptionFactory.Flag("--continue", "Start from the weights in the folder of CONFIG instead of random ones.");

    public Option<string?> Validation { get; } =
        OptionFactory.Text("--validation", "FILE", "Text to validate on after every epoch.");

    public Option<double> ValidationShare { get; } = OptionFactory.Number(
        "--validation-share", "S", "Without --validation: the share of the sequences to keep back for it.", 0, "a number in [0, 1)", value => value is >= 0 and < 1);

    public Option<int?> SequenceLength { get; } = OptionFactory.OptionalInteger(
        "--sequence-length", "N", "Tokens per sequence; by default 128, or what the model takes if that is less.", 3);

    public Option<int> BatchSize { get; } = OptionFactory.Integer("--batch-size", "N", "Sequences per step.", 32, 1);

    public Option<int?> MicroBatchSize { get; } = OptionFactory.OptionalInteger(
        "--micro-batch-size", "N", "Sequences in memory at once; by default the whole batch.", 1);

    public Option<int> Epochs { get; } = OptionFactory.Integer("--epochs", "N", "Times to go over the text.", 1, 1, 100_000);

    public Option<int?> Steps { get; } = OptionFactory.OptionalInteger("--steps", "N", "Instead of --epochs: steps to train.", 1);

    public Option<double> LearningRate { get; } = OptionFactory.Number(
        "--learning-rate", "R", "The highest learning rate.", 1e-3, "a number above 0", value => value > 0 && double.IsFinite(value));

    public LearningOptions Learning { get; } = new("cosine", 0.05);

    public Option<double> WeightDecay { get; } = OptionFactory.Number(
        "--weight-decay", "D", "Decoupled weight decay of matrices and embeddings.", 0.01, "a number of at least 0", value => value >= 0 && double.IsFinite(value));

    public Option<double> MaxGradientNorm { get; } = OptionFactory.Number(
        "--max-gradient-norm", "G", "Clip the norm of all gradients to this; 0 does not clip.", 1, "a number of at least 0", value => value >= 0);

    public Option<string> DataType { get; } = OptionFactory.Choice(
        "--dtype", "Element type of the saved weights; training itself is in float32.", "float32", "float32", "float16", "bfloat16");

    public Option<int?> CheckpointSteps { get; } = OptionFactory.OptionalInteger(
        "--checkpoint-steps", "N", "Steps between checkpoints; by default one after every epoch.", 1);

    public SparseOptions Sparse { get; } = new();

    public TensorBoardOption Board { get; } = new();

    public Option<string> Engine { get; } = EngineOption.Create();

    public ExistingOptions Existing { get; } = new();

    public IEnumerable<Option> All =>
    [
        Output, Data, Objective, Continue, Positions, .. Tokenizers.All, Validation, ValidationShare, SequenceLength,
        BatchSize, MicroBatchSize, Epochs, Steps, LearningRate, .. Learning.All, WeightDecay, MaxGradientNorm, DataType, CheckpointSteps,
        .. Sparse.All, Board.Folder, Engine, .. Existing.All,
    ];

    /// <summary>How to train.</summary>
    /// <exception cref="InvalidInputException">A setting of the method does not fit.</exception>
    public PretrainingOptions Read(RunContext context)
    {
        context.RefuseBoth("The text to validate on is given, or kept back from the other.", Validation, ValidationShare);
        if (!context.IsGiven(Tokenizers.TrainTokenizer))
        {
            context.RefuseIdle($"without {Tokenizers.TrainTokenizer.Name}: a tokenizer that is there has its vocabulary", $"add {Tokenizers.TrainTokenizer.Name}", Tokenizers.VocabularySize);
        }

        string objective = context.Get(Objective);
        double norm = context.Get(MaxGradientNorm);
        return Learning.Read(context, new PretrainingOptions
        {
            Method = Sparse.ReadMethod(context, "pretrain"),
            Targets = Sparse.ReadTargets(context),
            Objective = objective == "auto" ? null : objective,
            SinusoidalPositions = context.Get(Positions) == "sinusoidal",
            ContinuesWeights = context.Get(Continue),
            Tokenizer = context.Get(Tokenizers.Tokenizer),
            TokenizerTrainer = Tokenizers.ReadTrainer(context),
            VocabularySize = context.Get(Tokenizers.VocabularySize),
            ValidationShare = context.Get(ValidationShare),
            SequenceLength = context.Get(SequenceLength),
            BatchSize = context.Get(BatchSize),
            MicroBatchSize = context.Get(MicroBatchSize),
            Epochs = context.IsGiven(Epochs) ? context.Get(Epochs) : null,
            Steps = context.Get(Steps),
            LearningRate = context.Get(LearningRate),
            WeightDecay = context.Get(WeightDecay),
            MaxGradientNorm = norm == 0 ? null : norm,
            SavedType = context.Get(DataType) switch
            {
                "float16" => TensorDataType.F16,
                "bfloat16" => TensorDataType.BF16,
                _ => TensorDataType.F32,
            },
            CheckpointSteps = context.Get(CheckpointSteps),
            Seed = (ulong)context.Seed,
        });
    }
}
