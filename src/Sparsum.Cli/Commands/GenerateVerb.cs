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

    private readonly ModelArgument model = new();

    private readonly Option<string?> prompt = OptionFactory.Text("--prompt", "TEXT", "The text to continue; for a model with an encoder, the source of the text to write.");

    private readonly Option<string?> input = OptionFactory.Text(
        "--input", "FILE", "Instead of --prompt: take each line of a file, or each string of a JSON array (.json); or token ids, as input_ids of a JSON object or safetensors file.");

    private readonly GenerationSettings settings = new();

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
        foreach (var option in settings.All)
        {
            Add(option);
        }

        Add(chat);
        Add(system);
        Add(storage);
    }

    public override VerbResult Execute(RunContext context)
    {
        string folder = context.Get(model);
        int[][]? givenIds = ReadIds(context);
        var prompts = givenIds is null ? ReadPrompts(context) : [];
        using var pretrained = PretrainedModel.Open(folder);
        context.WarnOf(pretrained);
        pretrained.RequireTrained();
        var network = pretrained.GenerativeModel;
        var template = OpenTemplate(context, folder);
        bool isContinuation = network is CausalLanguageModel && template is null;
        int[][] promptIds = givenIds ?? [.. prompts.Select(text => Encode(context, pretrained.Tokenizer, template, text))];
        var asked = settings.Read(context, folder);
        var options = Generator.Settle(
            network, promptIds, template is null ? asked : asked with { EndIds = [.. asked.EndIds.Union(template.EndIds(pretrained.Tokenizer))] });
        using var backend = context.CreateBackend();
        context.Progress.Report("loading the model");
        pretrained.LoadPacked(backend, StorageOption.Read(context, storage), context.CancellationToken);
        using var computation = new Computation(backend);
        var generator = new Generator(network, computation);
        var results = new List<GeneratedSequence>();
        int done = 0;

        // Ids are the batch that they say they are; texts are put together as they come.
        foreach (int[][] batch in promptIds.Chunk(givenIds is null ? BatchSize : promptIds.Length))
        {
            WarnOfLength(context, network, batch, options.MaxNewTokens);
            var sampling = options.Sampling is { } drawn ? drawn with { Seed = drawn.Seed + (ulong)done } : null;
            results.AddRange(generator.GenerateScored(
                batch,
                options with { Sampling = sampling },
                step => context.Progress.Report(
                    $"token {step.Index + 1}", (done + ((step.Index + 1.0) / options.MaxNewTokens * batch.Length)) / promptIds.Length),
                context.CancellationToken));
            done += batch.Length;
        }

        Item[] items = givenIds is not null ? [] : [.. results.Select((result, i) => CreateItem(i / options.NumReturnSequences, result.Tokens))];
        var document = new JsonObject();
        if (givenIds is null)
        {
            document["items"] = JsonText.Array(items, item => new JsonObject
            {
                ["prompt"] = item.Prompt,
                ["text"] = item.Text,
                ["ids"] = JsonText.Array(item.Ids, id => id),
            });
        }

        document["sequences"] = JsonText.Array(
            Generator.PadSequences(network, promptIds, options, results), sequence => JsonText.Array(sequence, id => id));
        if (options.NumBeams > 1)
        {
            document["sequences_scores"] = JsonText.Array(results, result => result.Score!.Value);
        }

        return new VerbResult
        {
            Model = folder,
            IsOutputTheResult = true,
            Results = document,
            Render = console =>
            {
                if (givenIds is not null)
                {
                    results.ForEach(result => console.WriteRaw(string.Join(' ', result.Tokens)));
                }

                Array.ForEach(items, item => console.WriteRaw(isContinuation ? item.Prompt + item.Text : item.Text));
            },
        };

        Item CreateItem(int prompt, int[] tokens) => isContinuation
            ? Item.Continue(pretrained.Tokenizer, prompts[prompt], promptIds[prompt], tokens)
            : new Item(prompts[prompt], pretrained.Tokenizer.Decode(tokens, skipSpecialTokens: true), tokens);
    }

    /// <summary>The rows of token ids of the input file without their padding; null where it has text.</summary>
    private int[][]? ReadIds(RunContext context)
    {
        string? file = context.Get(input);
        if (file is null || context.Get(prompt) is not null || !TokenFile.HoldsObject(file))
        {
            return null;
        }

        if (context.Get(chat))
        {
            throw new InvalidInputException("conflicting-options", "A conversation is made of texts.")
            {
                File = "--chat",
                Found = "--chat with token ids",
                Hint = "Leave out --chat, or give texts.",
            };
        }

        var tokens = TokenFile.Read(file, ["input_ids", "attention_mask"]);
        var ids = tokens.Get("input_ids");
        var mask = tokens.Find("attention_mask", ids);
        return [.. Enumerable.Range(0, ids.Rows).Select(row => Row(file, ids, mask, row))];
    }

    private static int[] Row(string file, TokenMatrix ids, TokenMatrix? mask, int row)
    {
        var values = ids.Values.AsSpan(row * ids.Columns, ids.Columns);
        if (mask is null)
        {
            return values.ToArray();
        }

        var marks = mask.Values.AsSpan(row * ids.Columns, ids.Columns);
        int begin = Math.Max(0, marks.IndexOf(1));
        int end = marks.LastIndexOf(1) + 1;
        return marks[..begin].IndexOfAnyExcept(0) < 0 && marks[begin..end].IndexOfAnyExcept(1) < 0 && marks[end..].IndexOfAnyExcept(0) < 0
            ? values[begin..end].ToArray()
            : throw new InvalidInputException("malformed-input", $"'attention_mask' in '{file}' does not mark one run of tokens in row {row}.")
            {
                File = file,
                Found = $"row {row}: {string.Join(' ', marks.ToArray())}",
                Expected = "zeros, ones, zeros: padding on either side of the tokens",
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
    private static void WarnOfLength(RunContext context, TransformerModel network, int[][] prompts, int added)
    {
        int prompt = prompts.Max(ids => ids.Length);
        var (what, longest) = network is CausalLanguageModel
            ? ("prompt and new tokens", prompt + added)
            : ("source or new tokens", Math.Max(prompt, added));
        if (longest > network.MaxPositions)
        {
            context.Warn($"{what} may reach {longest} tokens; the model was made for {network.MaxPositions}");
        }
    }

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
