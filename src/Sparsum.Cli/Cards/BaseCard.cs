using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Cli.Sweeps;
using Sparsum.Core;

namespace Sparsum.Cli.Cards;

/// <summary>What is taken over from the head of the card of the model that went in. What is not there, or is no text, is null.</summary>
internal sealed record BaseCard
{
    private const string Fence = "---";

    /// <summary>No card is larger.</summary>
    public const long LargestBytes = 1 << 20;

    private static readonly JsonRules Rules = new() { Code = "malformed-card", Expected = "a head in YAML between two lines of ---" };

    public string? License { get; init; }

    public string? LicenseName { get; init; }

    public string? LicenseLink { get; init; }

    public string? PipelineTag { get; init; }

    public string? LibraryName { get; init; }

    public string? BaseModel { get; init; }

    public IReadOnlyList<string> Language { get; init; } = [];

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Reads a card; null gives an empty one.</summary>
    /// <returns>The card, and what was wrong with it where nothing could be read.</returns>
    public static (BaseCard Card, string? Fault) Read(string? file) => file is null ? (new BaseCard(), null)
        : new FileInfo(file).Length > LargestBytes ? (new BaseCard(), $"the card of the base model is larger than {LargestBytes} bytes")
        : Parse(File.ReadAllText(file), file);

    /// <summary>Reads the text of a card.</summary>
    public static (BaseCard Card, string? Fault) Parse(string text, string file)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        int end = lines[0].TrimEnd() == Fence ? Array.FindIndex(lines, 1, line => line.TrimEnd() == Fence) : -1;
        if (end < 0)
        {
            return (new BaseCard(), null);
        }

        try
        {
            return (Of(YamlText.Parse(string.Join('\n', lines[1..end]), file, Rules) as JsonObject ?? []), null);
        }
        catch (InvalidInputException error)
        {
            return (new BaseCard(), $"nothing is taken over from the card of the base model: {error.Found}");
        }
    }

    private static BaseCard Of(JsonObject head) => new()
    {
        License = Texts(head["license"]).FirstOrDefault(),
        LicenseName = Texts(head["license_name"]).FirstOrDefault(),
        LicenseLink = Texts(head["license_link"]).FirstOrDefault(),
        PipelineTag = Texts(head["pipeline_tag"]).FirstOrDefault(),
        LibraryName = Texts(head["library_name"]).FirstOrDefault(),
        BaseModel = Texts(head["base_model"]).FirstOrDefault(),
        Language = [.. Texts(head["language"])],
        Tags = [.. Texts(head["tags"])],
    };

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonArray list => list.SelectMany(Texts),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
        // Norwegian is "no", which some take for a truth value; here it is read as text. Numbers and truth values are no names.
        _ => [],
    };
}
