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
    private readonly ModelArgument model = new();

    private readonly Option<string?> prompt = OptionFactory.Text("--prompt", "TEXT", "The text to continue; for a model with an encoder, the source of the text to write.");

    private readonly Option<string?> input = OptionFactory.Text(
        "--input", "FILE", "Instead of --prompt: take each line of a file, or each string of a JSON array (.json); or token ids, as input_ids of a JSON object or safetensors file.");

    private readonly GenerationSettings settings = new();

    private readonly Option<bool> chat = OptionFactory.Flag(
        "--chat", "Take each prompt for a user's message and write it in the model's chat form; show the answer alone.");

    private readonly Option<string?> system = OptionFactory.Text("--system", "TEXT", "With --chat: instructions that come before each message.");

    private readonly Option<int> batch = OptionFactory.Integer(
        "--batch", "N", "With --input: continue so many texts at a time; one that ends leaves its place to the next. Each is written as if it were alone.", 8, 1);

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
        Add(batch);
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
        var options = template is null ? asked : asked with { EndIds = [.. asked.EndIds.Union(template.EndIds(pretrained.Tokenizer))] };

        // Ids are the batch that they say they are; texts are written one as the other.
        GenerationOptions[] settled = givenIds is null
            ? [.. promptIds.Select(ids => Generator.Settle(network, [ids], options))]
            : [Generator.Settle(network, promptIds, options)];
        WarnOfLength(context, network, promptIds, settled);
        using var backend = context.CreateBackend();
        context.Progress.Report("loading the model");
        pretrained.LoadPacked(backend, StorageOption.Read(context, storage), context.CancellationToken);
        using var computation = new Computation(backend);
        var generator = new Generator(network, computation);
        var done = new double[promptIds.Length];
        var results = givenIds is null
            ? generator.GenerateEach(promptIds, options, context.Get(batch), ReportPrompt, context.CancellationToken)
            : generator.GenerateScored(
                promptIds,
                settled[0],
                step => context.Progress.Report($"token {step.Index + 1}", (step.Index + 1.0) / settled[0].MaxNewTokens),
                context.CancellationToken);
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
                    foreach (var result in results)
                    {
                        console.WriteRaw(string.Join(' ', result.Tokens));
                    }
                }

                Array.ForEach(items, item => console.WriteRaw(isContinuation ? item.Prompt + item.Text : item.Text));
            },
        };

        void ReportPrompt(PromptStep step)
        {
            done[step.Prompt] = step.HasEnded ? 1 : (step.Index + 1.0) / settled[step.Prompt].MaxNewTokens;
            context.Progress.Report($"text {step.Prompt + 1}, token {step.Index + 1}", done.Average());
        }

        Item CreateItem(int prompt, int[] tokens) => isContinuation
            ? Item.Continue(pretrained.Tokenizer, prompts[prompt], promptIds[prompt], tokens)
            : new Item(prompts[prompt], pretrained.Tokenizer.Decode(tokens, skipSpecialTokens: true), tokens);
    }

    /// <summary>The rows of token ids of the input file without their padding; null where it has text.</summary>
    private int[][]? ReadIds(RunContext context)
    {
        string? file = context.Get(input);
        bool isText = file is null || context.Get(prompt) is not null || !TokenFile.HoldsObject(file);
        if (context.IsGiven(batch) && (file is null || !isText))
        {
            throw new InvalidInputException("conflicting-options", "Only a file of texts is continued so many at a time.")
            {
                File = batch.Name,
                Found = file is null ? $"{batch.Name} with one prompt" : $"{batch.Name} with token ids, which are one batch",
                Hint = $"Leave out {batch.Name}, or give texts with --input.",
            };
        }

        if (file is null || isText)
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
    private static void WarnOfLength(RunContext context, TransformerModel network, int[][] prompts, GenerationOptions[] settled)
    {
        bool continues = network is CausalLanguageModel;
        string what = continues ? "prompt and new tokens" : "source or new tokens";
        int longest = prompts.Select((ids, i) => (ids.Length, Added: settled[Math.Min(i, settled.Length - 1)].MaxNewTokens))
            .Max(sizes => continues ? sizes.Length + sizes.Added : Math.Max(sizes.Length, sizes.Added));
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
