using System.Globalization;
using System.Text.Json.Nodes;
using Sparsum.Core;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Sparsum.Cli.Sweeps;

/// <summary>
/// Reads YAML as the JSON that it stands for, by the core schema of YAML 1.2: <c>null</c>, <c>true</c>, <c>false</c> and numbers are what they
/// look like, everything else and everything in quotation marks is text. One document; no tags, and no anchors, by which a short file becomes a
/// long one.
/// </summary>
internal static class YamlText
{
    private const int LargestFile = 1 << 24;
    private const int DeepestNode = 64;
    private const NumberStyles Decimal = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads a file; null where it stands for JSON's null.</summary>
    /// <exception cref="InvalidInputException">It is no such YAML: <see cref="JsonRules.Code"/>.</exception>
    public static JsonNode? Read(string file, JsonRules rules)
    {
        byte[] bytes = StrictJson.ReadBytes(file, rules with { MaxBytes = LargestFile });
        try
        {
            return Parse(new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes), file, rules);
        }
        catch (System.Text.DecoderFallbackException error)
        {
            throw Malformed(file, rules, "bytes that are no UTF-8", error);
        }
    }

    /// <summary>Reads a text of a file; null where it stands for JSON's null.</summary>
    /// <exception cref="InvalidInputException">It is no such YAML: <see cref="JsonRules.Code"/>.</exception>
    public static JsonNode? Parse(string text, string file, JsonRules rules)
    {
        try
        {
            RequireNoAliases(file, rules, text);
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return stream.Documents.Count == 1
                ? Convert(stream.Documents[0].RootNode, file, rules, 0)
                : throw Malformed(file, rules, FormattableString.Invariant($"{stream.Documents.Count} documents"), null);
        }
        catch (YamlException error)
        {
            // The reader stumbles over a tab in some later place, or tells of what it stands in.
            if (FindTab(text) is var (line, column) && line > 0)
            {
                throw Malformed(file, rules, FormattableString.Invariant($"line {line}, column {column}: a tab in the place of spaces"), error);
            }

            string what = error.InnerException?.Message ?? error.Message;
            throw Malformed(file, rules, FormattableString.Invariant($"line {error.Start.Line}, column {error.Start.Column}: {what}"), error);
        }
    }

    /// <summary>The first tab that indents something, counted from 1; 0 where there is none.</summary>
    private static (int Line, int Column) FindTab(string text) => text.Split('\n').Index()
        .Select(line => (Line: line.Index + 1, Column: line.Item[..^line.Item.TrimStart(' ', '\t').Length].IndexOf('\t') + 1))
        .FirstOrDefault(place => place.Column > 0);

    private static void RequireNoAliases(string file, JsonRules rules, string text)
    {
        var parser = new Parser(new StringReader(text));
        int depth = 0;
        while (parser.MoveNext())
        {
            var current = parser.Current!;
            depth += current.NestingIncrease;
            bool isShared = current is YamlDotNet.Core.Events.AnchorAlias || current is YamlDotNet.Core.Events.NodeEvent { Anchor.IsEmpty: false };
            if (isShared || depth > DeepestNode + 2)
            {
                string what = isShared ? "an anchor or alias" : "too deep a structure";
                throw Malformed(file, rules, FormattableString.Invariant($"line {current.Start.Line}: {what}"), null);
            }
        }
    }

    private static JsonNode? Convert(YamlNode node, string file, JsonRules rules, int depth)
    {
        if (!node.Tag.IsEmpty && !node.Tag.IsNonSpecific)
        {
            throw Malformed(file, rules, FormattableString.Invariant($"line {node.Start.Line}: the tag {node.Tag.Value}"), null);
        }

        switch (node)
        {
            case YamlSequenceNode list:
                return new JsonArray([.. list.Children.Select(item => Convert(item, file, rules, depth + 1))]);
            case YamlMappingNode map:
                var json = new JsonObject();
                foreach (var (key, value) in map.Children)
                {
                    string name = key is YamlScalarNode { Value: { } text }
                        ? text
                        : throw Malformed(file, rules, FormattableString.Invariant($"line {key.Start.Line}: a key that is no text"), null);
                    json[name] = Convert(value, file, rules, depth + 1);
                }

                return json;
            case YamlScalarNode scalar:
                return scalar.Style == ScalarStyle.Plain ? Plain(scalar.Value ?? "") : JsonValue.Create(scalar.Value);
            default:
                throw Malformed(file, rules, $"{node.NodeType}", null);
        }
    }

    private static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => JsonValue.Create(whole),
        _ when char.IsAsciiDigit(text.TrimStart('+', '-', '.').FirstOrDefault())
            && double.TryParse(text, Decimal, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };

    private static InvalidInputException Malformed(string file, JsonRules rules, string found, Exception? cause) =>
        new(rules.Code, $"'{file}' is not the YAML that is expected: {found}", cause)
        {
            File = file,
            Found = found,
            Expected = "one YAML document, indented with spaces, each key once, without anchors and tags",
            Hint = rules.Hint ?? "Mend the file.",
        };
}
