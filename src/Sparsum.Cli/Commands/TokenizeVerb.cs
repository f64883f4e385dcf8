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
    private readonly Argument<string> model = ModelArgument.Create();

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
        var items = new List<Item>();
        foreach (string text in TextLines.Read(context.Get(input)!))
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            int[] ids = tokenizer.Encode(text, !context.Get(noSpecialTokens));
            items.Add(new Item(text, ids, context.Get(decode) ? tokenizer.Decode(ids) : null));
        }

        return new VerbResult
        {
            Model = folder,
            IsOutputTheResult = true,
            Results = new JsonObject { ["items"] = JsonText.Array(items, ToJson) },
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
