using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Pretraining;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Sparsum.Pruning.SparseTraining.Runs;

namespace Sparsum.Cli.Commands;

/// <summary><c>create CONFIG -o OUT</c>: a model folder of random weights with a tokenizer, to be trained from nothing.</summary>
internal sealed class CreateVerb : Verb
{
    private readonly Argument<string> config = new("CONFIG") { Description = "A config.json of any architecture, or a folder with one." };

    private readonly Option<string?> output = OptionFactory.Output("OUT", "The folder of the model.");

    private readonly Option<string[]> data = new("--data")
    {
        Description = "Text to learn the tokenizer from; repeat it for more, such as the two sides of a translation, which then share one vocabulary.",
        HelpName = "FILE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    private readonly TokenizerOptions tokenizers = new();

    private readonly Option<bool> force = OptionFactory.Flag("--force", "Replace what is in OUT.");

    public CreateVerb()
        : base("create", "Make a model with random weights and a tokenizer, to be trained from nothing.")
    {
        Add(config);
        foreach (var option in (Option[])[output, data, .. tokenizers.All, force])
        {
            Add(option);
        }
    }

    public override VerbResult Execute(RunContext context)
    {
        string target = context.Get(output)!;
        string[] files = context.Get(data);
        var options = new FreshModelOptions
        {
            Trainer = tokenizers.ReadTrainer(context),
            VocabularySize = context.Get(tokenizers.VocabularySize),
            Tokenizer = context.Get(tokenizers.Tokenizer),
            Seed = (ulong)context.Seed,
        };
        if (options.Trainer is null != (files.Length == 0))
        {
            throw new InvalidInputException(options.Trainer is null ? "unused-option" : "missing-option", "A tokenizer is learned from text.")
            {
                File = data.Name,
                Found = options.Trainer is null ? $"{data.Name} without {tokenizers.TrainTokenizer.Name}" : "no text",
                Expected = $"{tokenizers.TrainTokenizer.Name} NAME with {data.Name} FILE, or neither",
            };
        }

        VerbResult? described = null;
        context.Progress.Report(options.Trainer is null ? "drawing weights" : "learning the tokenizer");
        FreshModel.Create(
            context.Get(config),
            files.SelectMany(file => TextFile.Read(file).Documents),
            options,
            target,
            context.Get(force) ? ExistingOutput.Replace : ExistingOutput.Refuse,
            files,
            (folder, result) => context.Keep(described = Describe(context, result), folder),
            context.CancellationToken);
        return described!;
    }

    private VerbResult Describe(RunContext context, FreshModelResult result)
    {
        string target = context.Get(output)!;
        return new VerbResult
        {
            Model = context.Get(config),
            Results = new JsonObject
            {
                ["architecture"] = result.ClassName,
                ["parameters"] = result.Parameters,
                ["tokenizer"] = PretrainRecord.Tokenizer(result.Tokenizer),
                ["output"] = target,
            },
            Render = console => console.WriteFacts(
                ("output", target),
                ("architecture", result.ClassName),
                ("parameters", Units.Count(result.Parameters)),
                ("vocabulary", Units.Count(result.Tokenizer.VocabularySize))),
        };
    }
}
