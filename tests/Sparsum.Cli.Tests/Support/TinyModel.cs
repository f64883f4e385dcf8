using System.Text.Json.Nodes;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Cli.Tests.Support;

/// <summary>A LLaMA-shaped model with random weights and one token per byte, small enough to be written and run in no time.</summary>
internal static class TinyModel
{
    public const int MaxPositions = 64;

    public static string Write(string folder, int blocks = 2, int hiddenSize = 16, ulong seed = 1)
    {
        var config = new LlamaConfig
        {
            VocabSize = ByteTokenizerFiles.VocabularySize,
            HiddenSize = hiddenSize,
            IntermediateSize = 2 * hiddenSize,
            NumHiddenLayers = blocks,
            NumAttentionHeads = 2,
            NumKeyValueHeads = 1,
            MaxPositionEmbeddings = MaxPositions,
            EosTokenId = [ByteTokenizerFiles.EndId],
        };
        using var model = RandomInitialization.Create(config, seed);
        ModelWriter.Save(folder, config, model);
        ByteTokenizerFiles.Write(folder);
        return folder;
    }

    /// <summary>The same with an encoder and a decoder in the shape of T5; the padding token begins a target, and no token ends it.</summary>
    public static string WriteT5(string folder, ulong seed = 1)
    {
        var config = new T5Config
        {
            VocabSize = ByteTokenizerFiles.VocabularySize,
            DModel = 16,
            DKv = 8,
            DFf = 32,
            NumLayers = 2,
            NumHeads = 2,
            NPositions = MaxPositions,
            EosTokenId = [],
        };
        using var model = RandomInitialization.Create(config, seed);
        ModelWriter.Save(folder, config, model);
        ByteTokenizerFiles.Write(folder);
        return folder;
    }

    /// <summary>The same with four heads in the first block, and with the first and the third of them in the second.</summary>
    public static string WriteRagged(string folder, ulong seed = 1)
    {
        var config = new LlamaConfig
        {
            VocabSize = ByteTokenizerFiles.VocabularySize,
            HiddenSize = 16,
            IntermediateSize = 32,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = MaxPositions,
            EosTokenId = [ByteTokenizerFiles.EndId],
        };
        using var model = RandomInitialization.Create(config, seed);
        model.Blocks[1].Attention.RemoveHeads([1, 3]);
        ModelWriter.Save(folder, config, model);
        ByteTokenizerFiles.Write(folder);
        return folder;
    }

    /// <summary>Documents of different length, all longer than a short calibration sequence.</summary>
    public static string WriteText(string path)
    {
        string[] lines = [.. Enumerable.Range(0, 12).Select(i => $"Document {i} says that sparse models {new string((char)('a' + i), 20 + i)}.")];
        File.WriteAllLines(path, lines.Select(line => new JsonObject { ["text"] = line }.ToJsonString()));
        return path;
    }

    public static void EditConfig(string folder, Action<JsonObject> edit)
    {
        string path = Path.Combine(folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        edit(config);
        File.WriteAllText(path, config.ToJsonString());
    }
}
