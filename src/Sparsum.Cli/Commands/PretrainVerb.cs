using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Pretraining;
using Sparsum.Cli.Running;
using Sparsum.Cli.Training;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Tensors;
using Sparsum.Training;
using Sparsum.Training.Pretraining;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers.Training;

namespace Sparsum.Cli.Commands;

/// <summary><c>pretrain CONFIG -o OUT --data FILE</c>: a model from random weights.</summary>
internal sealed class PretrainVerb : Verb
{
    private const int DefaultSequenceLength = 128;
    private const string HistoryName = "history.json";

    private readonly Argument<string> config = new("CONFIG")
    {
        Description = "A config.json of any architecture with a language-model head, or a folder with one.",
    };

    private readonly PretrainOptions options = new();

    public PretrainVerb(CommonOptions common)
        : base("pretrain", "Train a language model on text from random weights, with a tokenizer of its own if need be.")
    {
        Add(config);
        foreach (var option in options.All)
        {
            Add(option);
        }

        Add(HelpMethodsAction.OfTraining(common, "pretrain"));
    }

    public override VerbResult Execute(RunContext context)
    {
        var file = ConfigFile.Read(context.Get(config));
        string name = context.Get(options.Objective);
        var objective = PretrainingObjective.Find(file.Architecture, name == "auto" ? null : name);
        var data = TextFile.Read(context.Get(options.Data) ?? throw MissingData());
        var validation = context.Get(options.Validation) is { } path ? TextFile.Read(path) : null;
        using var folder = WorkFolder.Begin(
            context.Get(options.Output)!,
            context.Get(options.Resume),
            context.Get(options.Force),
            [file.Path, data.Path, validation?.Path, context.Get(options.Tokenizer)]);
        context.ResumeHint = "Run the same command with --resume to go on, or with --force to start again.";
        var tokenizer = FindTokenizer(context, file, data, folder.Output);
        var modelConfig = PretrainingConfig.Fit(file, objective, tokenizer.Tokenizer, tokenizer.IsLearned);
        using var trained = context.Get(options.Continue) ? Open(context, file, objective) : null;
        using var fresh = trained is null ? Create(context, file, modelConfig) : null;
        var model = trained?.Model ?? fresh!;
        trained?.LoadAll(context.CancellationToken);
        var textOptions = CreateTextOptions(context, model);
        context.Progress.Report("tokenising");
        var text = PretrainingText.Create(
            objective, tokenizer.Tokenizer, data.Documents, validation?.Documents, textOptions, context.CancellationToken);
        using var backend = context.CreateBackend();
        var sparsifier = CreateSparsifier(context, backend, model);
        var record = Train(context, backend, sparsifier, model, text, tokenizer, folder);
        ModelWriter.Save(folder.Output, modelConfig, model, options.SavedType(context), context.CancellationToken);
        TrainedModelFolder.RecordHeads(folder.Output, model, sparsifier);
        folder.Publish();
        record["output"] = context.Get(options.Output);
        record["objective"] = objective.Name;
        record["dataSha256"] = data.ComputeSha256();
        record["validationSha256"] = validation?.ComputeSha256();
        return new VerbResult
        {
            Model = context.Get(config),
            RunFolder = folder.Target,
            EffectiveOptions = new JsonObject { ["objective"] = objective.Name, ["sequenceLength"] = textOptions.SequenceLength },
            Results = record,
            Render = console => PretrainRecord.Render(console, record, folder.Target),
        };
    }

    private ISparsifier CreateSparsifier(RunContext context, IBackend backend, TransformerModel model) =>
        options.Sparse.ReadMethod(context).Create(new SparsifierContext
        {
            Backend = backend,
            Model = model,
            Targets = options.Sparse.ReadTargets(context),
            Settings = options.Sparse.ReadSettings(context, Name),
            Seed = (ulong)context.Seed,
        });

    private JsonObject Train(
        RunContext context,
        IBackend backend,
        ISparsifier sparsifier,
        TransformerModel model,
        PretrainingText text,
        PretrainTokenizer tokenizer,
        WorkFolder folder)
    {
        var trainerOptions = options.CreateTrainerOptions(context, text.Training.BatchesPerEpoch, folder.Checkpoint);
        string historyFile = folder.State(HistoryName);
        bool isResumed = folder.HasCheckpoint;
        var history = isResumed ? TrainingHistory.Read(historyFile) : new TrainingHistory();
        var observer = new PretrainingObserver(
            context, text, history, historyFile, () => text.Validation.Count == 0 ? null : LanguageModelScorer.Run(backend, model, text.Validation));
        using var trainer = new Trainer(backend, model, text.Training, trainerOptions, [sparsifier, observer]);
        foreach (string warning in sparsifier.Warnings(trainer))
        {
            context.Warn(warning);
        }

        if (isResumed)
        {
            trainer.Restore(folder.Checkpoint);
            history.CutTo(trainer.Optimizer.StepCount, trainer.Position.Epoch, historyFile);
        }

        try
        {
            trainer.Run(observer, context.CancellationToken);
        }
        catch (OperationCanceledException)
        {
            observer.SaveHistory();
            trainer.Save(folder.Checkpoint);
            throw;
        }

        observer.Stop();
        var result = sparsifier.Finish(trainer);
        observer.Validate();
        var record = PretrainRecord.Create(trainer, text, history, observer.Validation, tokenizer);
        double? target = options.Sparse.ReadTargets(context).Sparsity;
        SparseRecord.Add(record, model, sparsifier, result, options.Sparse.ReadEpsilon(context), target);
        SparseRecord.WarnOfExcess(context, result, target);
        record["settings"] = SparseRecord.Settings(options.Sparse.ReadMethod(context), options.Sparse.ReadSettings(context, Name));
        return record;
    }

    private TransformerModel Create(RunContext context, ConfigFile file, ModelConfig modelConfig)
    {
        var model = file.Create(modelConfig, (ulong)context.Seed);
        if (context.Get(options.Positions) == "sinusoidal")
        {
            SinusoidalPositions.Fill(model, modelConfig.InitializerStd());
        }

        return model;
    }

    private static PretrainedModel Open(RunContext context, ConfigFile file, PretrainingObjective objective) => PretrainedModel.Open(
        Path.GetDirectoryName(file.Path)!, new HeadOptions { Task = objective.Task, Seed = (ulong)context.Seed });

    private PretrainTokenizer FindTokenizer(RunContext context, ConfigFile file, TextFile data, string folder) =>
        options.FindTokenizerTrainer(context) is { } trainer
            ? PretrainTokenizer.Learn(
                context, trainer, data.Documents, new TokenizerTrainingOptions { VocabularySize = context.Get(options.VocabularySize) }, folder)
            : PretrainTokenizer.Copy(context.Get(options.Tokenizer) ?? Path.GetDirectoryName(file.Path)!, folder);

    private PretrainingTextOptions CreateTextOptions(RunContext context, TransformerModel model)
    {
        int? length = context.Get(options.SequenceLength);
        if (length > model.MaxPositions)
        {
            throw OptionFactory.Invalid(
                options.SequenceLength.Name, $"{length}", $"at most {model.MaxPositions}, the positions of the model", "Raise max_position_embeddings, or shorten the sequences.");
        }

        return new PretrainingTextOptions
        {
            SequenceLength = length ?? Math.Min(DefaultSequenceLength, model.MaxPositions),
            BatchSize = context.Get(options.BatchSize),
            ValidationShare = context.Get(options.ValidationShare),
            Seed = (ulong)context.Seed,
        };
    }

    private InvalidInputException MissingData() => new("missing-option", "There is no text to train on.")
    {
        File = options.Data.Name,
        Expected = "--data FILE",
        Hint = "Give a text file with --data.",
    };
}
