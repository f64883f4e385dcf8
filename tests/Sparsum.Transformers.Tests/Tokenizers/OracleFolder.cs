using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>One folder of reference encodings: opens the tokenizer they were made with.</summary>
internal sealed class OracleFolder(string name)
{
    private readonly string _folder = SharedFiles.Path("oracle", "tokenizers", name);

    public JsonElement Root { get; } =
        JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Path("oracle", "tokenizers", name, "cases.json"))).RootElement;

    public static TheoryData<string> Names()
    {
        var names = new TheoryData<string>();
        if (SharedFiles.WhyMissing("oracle/tokenizers") is not null)
        {
            return names;
        }

        foreach (string folder in Directory.GetDirectories(SharedFiles.Path("oracle", "tokenizers")).Order())
        {
            names.Add(Path.GetFileName(folder));
        }

        return names;
    }

    /// <summary>The folder itself where it is complete; else a copy of its vocabulary with the options as settings.</summary>
    public ITokenizer Open()
    {
        if (File.Exists(Path.Combine(_folder, "tokenizer_config.json")))
        {
            return Tokenizer.Open(_folder);
        }

        using var folder = new TemporaryFolder();
        foreach (var file in Root.GetProperty("vocab_files").EnumerateObject())
        {
            string source = Path.GetFullPath(Path.Combine(_folder, file.Value.GetString()!));
            folder.Write(Path.GetFileName(source), File.ReadAllBytes(source));
        }

        var settings = JsonNode.Parse(Root.GetProperty("options").GetRawText())!;
        settings["tokenizer_class"] = Root.GetProperty("tokenizer_class").GetString();
        folder.Write("tokenizer_config.json", settings.ToJsonString());
        return Tokenizer.Open(folder.Root);
    }

    /// <summary>The entries of a part of the file, none if it is absent or null.</summary>
    public IEnumerable<JsonElement> List(string name) =>
        Root.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    public static int[] Ids(JsonElement array) => [.. array.EnumerateArray().Select(id => id.GetInt32())];
}
