using System.Text.Json;
using static Sparsum.Transformers.Tokenizers.Json.TokenizerJson;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Reads from the post-processor which ids stand around texts.</summary>
internal static class TemplateReader
{
    /// <summary>The template; plain where the file has none.</summary>
    /// <exception cref="TokenizerException">The post-processor is malformed or not supported.</exception>
    public static TemplateProcessing Read(TokenizerJson json)
    {
        var template = TemplateProcessing.Plain;
        foreach (var step in json.Steps("post_processor"))
        {
            template = Type(step) switch
            {
                "ByteLevel" => template,
                "TemplateProcessing" => ReadTemplate(step, json),
                "BertProcessing" => Classic(step, json, twoBetween: false),
                "RobertaProcessing" => Classic(step, json, twoBetween: true),
                _ => throw json.Unsupported("post-processor", step, "TemplateProcessing, BertProcessing, RobertaProcessing or ByteLevel"),
            };
        }

        return template;
    }

    private static TemplateProcessing Classic(JsonElement step, TokenizerJson json, bool twoBetween)
    {
        int[] first = Pair("cls");
        int[] separator = Pair("sep");
        return new TemplateProcessing
        {
            BeforeFirst = first,
            AfterFirst = separator,
            BeforeSecond = twoBetween ? separator : [],
            AfterSecond = separator,
            SecondType = twoBetween ? 0 : 1,
        };

        int[] Pair(string name) => Items(Member(step, name)).ElementAtOrDefault(1).TryGetId(out int id)
            ? [id]
            : throw TokenizerException.Malformed(json.File, $"The post-processor has no '{name}'.");
    }

    private static TemplateProcessing ReadTemplate(JsonElement step, TokenizerJson json)
    {
        var single = Parts(Member(step, "single"), step, json);
        var pair = Parts(Member(step, "pair"), step, json);
        if (single.Ids.Count != 2)
        {
            throw json.Unsupported("post-processor", step, "a template with one text");
        }

        var template = new TemplateProcessing { BeforeFirst = [.. single.Ids[0]], AfterFirst = [.. single.Ids[1]] };
        if (pair.Ids.Count != 3 || !pair.Ids[1].Take(template.AfterFirst.Length).SequenceEqual(template.AfterFirst))
        {
            return template;
        }

        return template with
        {
            BeforeSecond = [.. pair.Ids[1].Skip(template.AfterFirst.Length)],
            AfterSecond = [.. pair.Ids[2]],
            SecondType = pair.LastType,
        };
    }

    // Special ids before, between and behind the texts of a template, and the type of the last text.
    private static (List<List<int>> Ids, int LastType) Parts(JsonElement template, JsonElement step, TokenizerJson json)
    {
        var ids = new List<List<int>> { new() };
        int type = 0;
        foreach (var item in Items(template))
        {
            if (Member(item, "Sequence") is { ValueKind: JsonValueKind.Object } sequence)
            {
                ids.Add([]);
                type = Member(sequence, "type_id").TryGetId(out int found) ? found : 0;
                continue;
            }

            string name = Text(Member(item, "SpecialToken"), "id") ?? "";
            foreach (var id in Items(Member(Member(Member(step, "special_tokens"), name), "ids")))
            {
                ids[^1].Add(id.TryGetId(out int value)
                    ? value
                    : throw TokenizerException.Malformed(json.File, $"The post-processor has no id for '{name}'."));
            }
        }

        return (ids, type);
    }
}
