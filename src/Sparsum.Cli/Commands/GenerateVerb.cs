using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Inputs;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.Chat;

namespace Sparsum.Cli.Commands;

/// <summary><c>generate MODEL</c>: continues prompts, or answers them with a model that has an encoder.</summary>
internal sealed class GenerateVerb : Verb
{
    // Prompts that share a forward pass; more of them only cost memory for keys and values.
    private const int BatchSize = 8;

    private readonly Argument<string> model = ModelArgument.Create();

    private readonly Option<string?> prompt = OptionFactory.Text("--prompt", "TEXT", "The text to continue; for a model with an encoder, the source of the text to write.");

    private readonly Option<string?> input = OptionFactory.Text(
        "--input", "FILE", "Instead of --prompt: take each line of a file, or each string of a JSON array (.json).");

    private readonly Option<int> maxNewTokens = OptionFactory.Integer("--max-new-tokens", "N", "Most tokens to add.", 64, 1);

    private readonly Option<double> temperature = OptionFactory.Number(
        "--temperature", "T", "Sample at this temperature; 0 takes the likeliest token each time.", 0, "a number of at least 0", value => value >= 0 && double.IsFinite(value));

    private readonly Option<int> topK = OptionFactory.Integer("--top-k", "K", "Sample among the K likeliest tokens; 0 means all.", 0, 0);

    private readonly Option<double> topP = OptionFactory.Number(
        "--top-p", "P", "Sample among the likeliest tokens that together have this probability.", 1, "a number in (0, 1]", value => value is > 0 and <= 1);

    private readonly Option<bool> chat = OptionFactory.Flag(
        "--chat", "Take each prompt for a user's message and write it in the model's chat form; show the answer alone.");

    private readonly Option<string?> system = OptionFactory.Text("--system", "TEXT", "With --chat: instructions that come before each message.");

    private readonly Option<string> storage = StorageOption.Create();

    public GenerateVerb()
        : base("generate", "Continue prompts, or write what belongs to them where the model has an encoder.")
    {
        Add(model);
        Add(prompt);
        Add(input);
        Add(maxNewTokens);
        Add(temperature);
        Add(topK);
        Add(topP);
        Add(chat);
        Add(system);
        Add(storage);
    }

    public override VerbResult Execute(RunContext context)
    {
        string folder = context.Get(model);
        var prompts = ReadPrompts(context);
        using var pretrained = PretrainedModel.Open(folder);
        context.WarnOf(pretrained);
        pretrained.RequireTrained();
        var network = pretrained.GenerativeModel;
        var template = OpenTemplate(context, folder);
        bool isContinuation = network is CausalLanguageModel && template is null;
        var tokenizer = pretrained.Tokenizer;
        int[][] promptIds = [.. prompts.Select(text => Encode(context, tokenizer, template, text))];
        Generator.CheckPrompts(network, promptIds, context.Get(maxNewTokens));
        var items = new List<Item>();
        using var backend = context.CreateBackend();
        context.Progress.Report("loading the model");
        pretrained.LoadPacked(backend, StorageOption.Read(context, storage), context.CancellationToken);
        using var computation = new Computation(backend);
        var generator = new Generator(network, computation);
        var config = GenerationConfig.Open(folder).ToOptions();
        foreach (string[] batch in prompts.Chunk(BatchSize))
        {
            int[][] ids = promptIds[items.Count..(items.Count + batch.Length)];
            var options = CreateOptions(context, config, (ulong)context.Seed + (ulong)items.Count);
            WarnOfLength(context, network, ids);
            int before = items.Count;
            var results = generator.Generate(
                ids,
                options,
                step => context.Progress.Report(
                    $"token {step.Index + 1}", (before + ((step.Index + 1.0) / options.MaxNewTokens * batch.Length)) / prompts.Count),
                context.CancellationToken);
            items.AddRange(batch.Select((text, row) => isContinuation
                ? Item.Continue(tokenizer, text, ids[row], results[row])
                : new Item(text, tokenizer.Decode(results[row], skipSpecialTokens: true), results[row])));
        }

        return new VerbResult
        {
            Model = folder,
            IsOutputTheResult = true,
            Results = new JsonObject
            {
                ["items"] = JsonText.Array(items, item => new JsonObject
                {
                    ["prompt"] = item.Prompt,
                    ["text"] = item.Text,
                    ["ids"] = JsonText.Array(item.Ids, id => id),
                }),
            },
            Render = console => items.ForEach(item => console.WriteRaw(isContinuation ? item.Prompt + item.Text : item.Text)),
        };
    }

    private ChatTemplate? OpenTemplate(RunContext context, string folder)
    {
        if (context.Get(chat))
        {
            return ChatTemplate.Open(folder);
        }

        return context.Get(system) is null ? null : throw new InvalidInputException("conflicting-options", "Instructions belong to a conversation.")
        {
            File = "--system",
            Found = "--system without --chat",
            Hint = "Add --chat, or leave out --system.",
        };
    }

    // A chat form has the special tokens in its text.
    private int[] Encode(RunContext context, ITokenizer tokenizer, ChatTemplate? template, string text)
    {
        ChatMessage[] instructions = context.Get(system) is { } given ? [new ChatMessage(ChatMessage.System, given)] : [];
        return template is null
            ? tokenizer.Encode(text)
            : tokenizer.Encode(template.Render([.. instructions, new ChatMessage(ChatMessage.User, text)]), addSpecialTokens: false);
    }

    private IReadOnlyList<string> ReadPrompts(RunContext context)
    {
        string? text = context.Get(prompt);
        string? file = context.Get(input);
        return (text, file) switch
        {
            (not null, null) => [text],
            (null, not null) => TextLines.Read(file),
            _ => throw new InvalidInputException("missing-option", "Give either one prompt or a file of prompts.")
            {
                File = "--prompt",
                Found = text is null ? "neither --prompt nor --input" : "both --prompt and --input",
                Expected = "--prompt TEXT or --input FILE",
                Hint = "See 'sparsum generate --help'.",
            },
        };
    }

    // Models with learned positions cannot go on and say so; others can, into lengths that they have never seen.
    private void WarnOfLength(RunContext context, TransformerModel network, int[][] prompts)
    {
        int prompt = prompts.Max(ids => ids.Length);
        int added = context.Get(maxNewTokens);
        var (what, longest) = network is CausalLanguageModel
            ? ("prompt and new tokens", prompt + added)
            : ("source or new tokens", Math.Max(prompt, added));
        if (longest > network.MaxPositions)
        {
            context.Warn($"{what} may reach {longest} tokens; the model was made for {network.MaxPositions}");
        }
    }

    private GenerationOptions CreateOptions(RunContext context, GenerationOptions defaults, ulong seed) => defaults with
    {
        MaxNewTokens = context.Get(maxNewTokens),
        Sampling = context.Get(temperature) == 0 ? null : new SamplingOptions
        {
            Temperature = context.Get(temperature),
            TopK = context.Get(topK),
            TopP = context.Get(topP),
            Seed = seed,
        },
    };

    private sealed record Item(string Prompt, string Text, int[] Ids)
    {
        public static Item Continue(ITokenizer tokenizer, string prompt, int[] promptIds, int[] newIds)
        {
            // Decoded together, because a tokenizer may drop a space at the beginning of what it decodes.
            string before = tokenizer.Decode(promptIds, skipSpecialTokens: true);
            string whole = tokenizer.Decode([.. promptIds, .. newIds], skipSpecialTokens: true);
            bool continues = whole.StartsWith(before, StringComparison.Ordinal);
            return new Item(prompt, continues ? whole[before.Length..] : tokenizer.Decode(newIds, skipSpecialTokens: true), newIds);
        }
    }
}
