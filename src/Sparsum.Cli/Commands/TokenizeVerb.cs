using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Inputs;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Cli.Commands;

/// <summary><c>tokenize MODEL --input FILE</c>: the ids of texts; needs only the tokenizer files.</summary>
internal sealed class TokenizeVerb : Verb
{
    private readonly ModelArgument model = new();

    private readonly Option<string?> input = OptionFactory.Text(
        "--input", "FILE", "Texts: each line of a file, or each string of a JSON array (.json).");

    private readonly Option<bool> decode = OptionFactory.Flag("--decode", "Also turn the ids back into text.");

    private readonly Option<bool> noSpecialTokens = OptionFactory.Flag(
        "--no-special-tokens", "Leave out the special tokens that the tokenizer puts around a text.");

    public TokenizeVerb()
        : base("tokenize", "Turn texts into token ids.")
    {
        input.Required = true;
        Add(model);
        Add(input);
        Add(decode);
        Add(noSpecialTokens);
    }

    public override VerbResult Execute(RunContext context)
    {
        string folder = context.Get(model);
        var tokenizer = Tokenizer.Open(folder);
        var texts = TextLines.Read(context.Get(input)!);
        bool decodes = context.Get(decode);

        // Ids alone are kept: what is shown of them is made line by line.
        var ids = new int[texts.Count][];
        for (int i = 0; i < ids.Length; i++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            ids[i] = tokenizer.Encode(texts[i], !context.Get(noSpecialTokens));
        }

        var items = ids.Select((line, i) => new Item(texts[i], line, decodes ? tokenizer.Decode(line) : null));

        return new VerbResult
        {
            Model = folder,
            IsOutputTheResult = true,
            Results = [],
            Items = ("items", items.Select(ToJson)),
            Render = console =>
            {
                foreach (var item in items)
                {
                    console.WriteRaw(string.Join(' ', item.Ids));
                    if (item.Decoded is not null)
                    {
                        console.WriteRaw(item.Decoded);
                    }
                }
            },
        };
    }

    private static JsonObject ToJson(Item item)
    {
        var json = new JsonObject { ["text"] = item.Text, ["ids"] = JsonText.Array(item.Ids, id => id) };
        if (item.Decoded is not null)
        {
            json["decoded"] = item.Decoded;
        }

        return json;
    }

    private sealed record Item(string Text, int[] Ids, string? Decoded);
}
