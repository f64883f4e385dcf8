using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Extensions.AI;

/// <summary>What a folder in the layout of sentence-transformers says of how vectors are made: <c>modules.json</c> and <c>1_Pooling/config.json</c>.</summary>
internal static class PoolingFiles
{
    private static readonly (string Key, TextPooling Pooling)[] Modes =
    [
        ("pooling_mode_mean_tokens", TextPooling.Mean), ("pooling_mode_cls_token", TextPooling.Cls), ("pooling_mode_lasttoken", TextPooling.LastToken),
    ];

    /// <summary>The pooling that a folder asks for; null where it says nothing.</summary>
    /// <exception cref="InvalidInputException">It asks for something that is not known.</exception>
    public static TextPooling? Read(string path)
    {
        string modules = Path.Combine(path, "modules.json");
        if (File.Exists(modules))
        {
            foreach (var module in Items(StrictJson.Read(modules)))
            {
                string kind = Text(module, "type").Split('.')[^1];
                if (kind is not ("Transformer" or "Pooling" or "Normalize"))
                {
                    throw Unknown(modules, kind, "Transformer, Pooling, Normalize");
                }
            }
        }

        string file = Path.Combine(path, "1_Pooling", "config.json");
        if (!File.Exists(file))
        {
            return null;
        }

        var json = StrictJson.Read(file);
        string[] asked = json.ValueKind == JsonValueKind.Object
            ? [.. json.EnumerateObject()
                .Where(entry => entry.Name.StartsWith("pooling_mode_", StringComparison.Ordinal) && entry.Value.ValueKind == JsonValueKind.True)
                .Select(entry => entry.Name)]
            : [];
        return asked.Length == 1 && Modes.FirstOrDefault(mode => mode.Key == asked[0]) is { Key: not null } known
            ? known.Pooling
            : throw Unknown(file, string.Join(", ", asked), string.Join(" or ", Modes.Select(mode => mode.Key)));
    }

    private static IEnumerable<JsonElement> Items(JsonElement json) => json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : [];

    private static string Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static InvalidInputException Unknown(string file, string found, string expected) =>
        new("unknown-pooling", "The model's vectors are made in a way that is not known here.")
        {
            File = file,
            Found = found,
            Expected = expected,
            Hint = "Choose another model; leaving a part out would give other vectors.",
        };
}
