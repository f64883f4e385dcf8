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
        TemplateProcessing? template = null;
        foreach (var step in json.Steps("post_processor").Where(step => Type(step) != "ByteLevel"))
        {
            template = template is not null
                ? throw json.Unsupported("post-processor", step, "only one that puts ids around texts")
                : Type(step) switch
                {
                    "TemplateProcessing" => ReadTemplate(step, json),
                    "BertProcessing" => Classic(step, json, twoBetween: false),
                    "RobertaProcessing" => Classic(step, json, twoBetween: true),
                    _ => throw json.Unsupported("post-processor", step, "TemplateProcessing, BertProcessing, RobertaProcessing or ByteLevel"),
                };
        }

        return template ?? TemplateProcessing.Plain;
    }

    private static TemplateProcessing Classic(JsonElement step, TokenizerJson json, bool twoBetween)
    {
        int[] first = Token("cls");
        int[] separator = Token("sep");
        return TemplateProcessing.Around(first, separator, twoBetween ? separator : [], separator, secondType: twoBetween ? 0 : 1);

        int[] Token(string name) => Items(Member(step, name)).ElementAtOrDefault(1).TryGetId(out int id)
            ? [id]
            : throw TokenizerException.Malformed(json.File, $"The post-processor has no '{name}'.");
    }

    private static TemplateProcessing ReadTemplate(JsonElement step, TokenizerJson json)
    {
        var single = Parts(Member(step, "single"), step, json);
        var pair = Parts(Member(step, "pair"), step, json);
        return single.Count(part => part.Text == 0) == 1 && single.TrueForAll(part => part.Text < 1)
            && (pair.Count == 0 || (pair.Count(part => part.Text == 0) == 1 && pair.Count(part => part.Text == 1) == 1))
            ? new TemplateProcessing { Single = single, Pair = pair.Count > 0 ? pair : TemplateProcessing.Plain.Pair }
            : throw json.Unsupported("post-processor", step, "a template that has each text once");
    }

    private static List<TemplatePart> Parts(JsonElement template, JsonElement step, TokenizerJson json)
    {
        var parts = new List<TemplatePart>();
        foreach (var item in Items(template))
        {
            if (Member(item, "Sequence") is { ValueKind: JsonValueKind.Object } sequence)
            {
                parts.Add(new TemplatePart(Text(sequence, "id") == "B" ? 1 : 0, [], TypeId(sequence)));
                continue;
            }

            var special = Member(item, "SpecialToken");
            string name = Text(special, "id") ?? "";
            var ids = Items(Member(Member(Member(step, "special_tokens"), name), "ids")).ToList();
            if (ids.Count == 0 || !ids.TrueForAll(id => id.TryGetId(out _)))
            {
                throw TokenizerException.Malformed(json.File, $"The post-processor has no id for '{name}'.");
            }

            parts.Add(new TemplatePart(-1, [.. ids.Select(id => id.GetInt32())], TypeId(special)));
        }

        return parts;
    }

    private static int TypeId(JsonElement element) => Member(element, "type_id").TryGetId(out int id) ? id : 0;
}
