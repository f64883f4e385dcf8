using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>Turns the metadata of a GGUF file into a <c>config.json</c> and back.</summary>
internal static class GgufConfig
{
    private static readonly (string Config, string Stored)[] TokenIds =
        [("bos_token_id", "bos"), ("eos_token_id", "eos"), ("pad_token_id", "padding")];

    /// <summary>The configuration that a file stands for.</summary>
    /// <exception cref="GgufException">The family is not supported, or a key is missing or makes no sense.</exception>
    public static JsonObject Read(GgufFile file)
    {
        var metadata = file.Metadata;
        var family = GgufFamilies.Find(metadata);
        var embeddings = file.Find("token_embd.weight")
            ?? throw GgufException.Malformed(file.File, "it has no token embeddings.", expected: "token_embd.weight");
        var config = new JsonObject { ["model_type"] = family.ModelType };
        foreach (var key in family.Keys)
        {
            if (ReadKey(metadata, family, key) is { } value)
            {
                config[key.Config] = value;
            }
        }

        foreach (var implied in family.Implied)
        {
            config[implied.Config] = implied.Node();
        }

        config["vocab_size"] = embeddings.Shape[0];
        config["tie_word_embeddings"] = file.Find("output.weight") is null;
        foreach (var (name, stored) in TokenIds)
        {
            if (metadata.Integer($"tokenizer.ggml.{stored}_token_id") is { } id && id < embeddings.Shape[0])
            {
                config[name] = id;
            }
        }

        GgufRotary.Read(file, family, HeadSize(config, family, file.File), config);
        family.Complete?.Invoke(file, config);
        config["torch_dtype"] = file.Tensors.MaxBy(tensor => tensor.ByteCount)!.Type.DataType() switch
        {
            TensorDataType.F16 => "float16",
            TensorDataType.BF16 => "bfloat16",
            _ => "float32",
        };
        string modelType = config["model_type"]!.GetValue<string>();
        if (ArchitectureRegistry.BuiltIn.All.FirstOrDefault(architecture => architecture.ModelType == modelType) is { } known)
        {
            config["architectures"] = new JsonArray(known.ClassName(ModelTask.CausalLanguageModeling));
        }

        return config;
    }

    /// <summary>Describes a configuration, complete with all defaults, as metadata.</summary>
    /// <param name="config">The configuration as its architecture writes it.</param>
    /// <param name="metadata">Where the entries go.</param>
    /// <param name="rotaryFactors">The factors that belong into a tensor, or null.</param>
    /// <returns>What a user should know.</returns>
    /// <exception cref="InvalidInputException">The configuration has something that GGUF cannot say.</exception>
    public static IReadOnlyList<string> Describe(JsonObject config, GgufMetadata metadata, out float[]? rotaryFactors)
    {
        var family = GgufFamilies.OfConfig(config);
        family.Prepare?.Invoke(config);
        foreach (var implied in family.Implied.Where(implied => !implied.Allows(config[implied.Config])))
        {
            throw NoWord(config, implied.Config, string.Join(" or ", implied.Values.Select(value => value ?? "null")));
        }

        metadata.Set("general.architecture", family.Architecture);
        metadata.Set($"{family.Architecture}.vocab_size", config["vocab_size"]!.GetValue<uint>());
        foreach (var key in family.Keys.Where(key => config[key.Config] is not null))
        {
            foreach (string stored in key.AlsoWritten.Prepend(key.Stored))
            {
                WriteKey(metadata, $"{family.Architecture}.{stored}", key.Kind, config[key.Config]!);
            }
        }

        rotaryFactors = GgufRotary.Describe(config, family, HeadSize(config, family, ModelFolder.ConfigName), metadata);
        return [.. family.Describe?.Invoke(config, metadata) ?? []];
    }

    /// <summary>The error for a key that GGUF cannot say.</summary>
    public static InvalidInputException NoWord(JsonObject config, string key, string expected) =>
        new("no-gguf-word", $"GGUF files of this architecture cannot say the model's {key}.")
        {
            File = ModelFolder.ConfigName,
            Found = $"{key}: {config[key]?.ToJsonString() ?? "null"}",
            Expected = $"{key}: {expected}",
        };

    private static int HeadSize(JsonObject config, GgufFamily family, string file)
    {
        int heads = config[family.HeadKeys.Heads]!.GetValue<int>();
        int size = config["head_dim"]?.GetValue<int>() ?? (config[family.HeadKeys.HiddenSize]!.GetValue<int>() / Math.Max(1, heads));
        return heads > 0 && size > 0 ? size : throw GgufException.Malformed(file, "its heads have no possible size.", $"{size}, {heads} heads");
    }

    private static JsonNode? ReadKey(GgufMetadata metadata, GgufFamily family, GgufKey key)
    {
        string stored = $"{family.Architecture}.{key.Stored}";
        JsonNode? value = key.Kind switch
        {
            GgufKeyKind.Integer => metadata.Integer(stored),
            GgufKeyKind.Number => metadata.Number(stored),
            _ => metadata.Flag(stored),
        };
        return value is null && key.IsRequired
            ? throw GgufException.Malformed(metadata.File, $"it lacks {stored}.", expected: stored)
            : value;
    }

    private static void WriteKey(GgufMetadata metadata, string stored, GgufKeyKind kind, JsonNode value)
    {
        switch (kind)
        {
            case GgufKeyKind.Integer:
                metadata.Set(stored, value.GetValue<uint>());
                break;
            case GgufKeyKind.Number:
                metadata.Set(stored, (float)value.GetValue<double>());
                break;
            default:
                metadata.Set(stored, value.GetValueKind() == JsonValueKind.True);
                break;
        }
    }
}
