using System.Text.Json;
using Sparsum.Core;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Checkpoints.Gguf;

namespace Sparsum.Transformers.Models;

/// <summary>The configuration half of opening a model folder.</summary>
internal static class ModelFolder
{
    /// <summary>The name of the file.</summary>
    public const string ConfigName = "config.json";

    private static readonly JsonRules Rules = new() { Code = "malformed-config", Hint = "Fetch the file again." };

    /// <summary>Reads <c>config.json</c>.</summary>
    /// <exception cref="InvalidInputException">It is missing, cannot be read, or is no JSON object.</exception>
    public static JsonElement ReadConfig(string folder)
    {
        string path = Path.Combine(folder, ConfigName);
        return ReadObject(path) ?? throw new InvalidInputException("missing-config", $"'{folder}' has no config.json.")
        {
            File = path,
            Expected = "a model folder in Hugging Face layout, or a GGUF file",
            Hint = Directory.Exists(folder)
                ? "Copy the model's config.json beside its weights."
                : "Check the path: there is no such folder.",
        };
    }

    /// <summary>
    /// Opens the weights, which are all dense unless the configuration names an encoding of sparse ones. Scales of quantised ones are applied.
    /// </summary>
    /// <exception cref="CheckpointException">There are none, or they are damaged.</exception>
    public static ICheckpoint OpenWeights(string folder, JsonElement json, ModelConfig config)
    {
        bool isDense = config.Compaction?.Encoding is null;
        var weights = isDense ? Checkpoint.Open(folder) : Checkpoint.OpenCompact(folder);
        try
        {
            return isDense
                ? QuantizedCheckpoint.Wrap(weights, json, Path.Combine(folder, ConfigName))
                : new BitmaskCheckpoint(weights);
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Reads a JSON object; null where there is no such file.</summary>
    /// <exception cref="InvalidInputException">The file cannot be read or is no JSON object.</exception>
    public static JsonElement? ReadObject(string path)
    {
        byte[]? made = GgufModelFiles.Read(path);
        if (made is null && !File.Exists(path))
        {
            return null;
        }

        var root = made is null ? StrictJson.Read(path, Rules) : StrictJson.Parse(made, path, Rules);
        return root.ValueKind == JsonValueKind.Object
            ? root
            : throw new InvalidInputException(Rules.Code, $"{Path.GetFileName(path)} is not a JSON object.")
            {
                File = path,
                Found = $"{root.ValueKind}",
                Expected = "an object",
            };
    }

    /// <summary>Finds the architecture and builds the skeleton.</summary>
    /// <returns>The parts, and whether the checkpoint may lack parts of the head, since it was saved for another task.</returns>
    /// <exception cref="InvalidInputException">The architecture is unknown, or the configuration is not one it can have.</exception>
    public static (IArchitecture Architecture, ModelConfig Config, TransformerModel Model, bool HasOtherHead) Build(
        string folder, JsonElement config, HeadOptions? head, ArchitectureRegistry? architectures) => AtFile(Path.Combine(folder, ConfigName), () =>
    {
        var architecture = FindArchitecture(config, architectures);
        var stored = architecture.Read(config);
        if (head?.Task is null)
        {
            RequireKnownClass(architecture, stored);
        }

        var wanted = head?.Apply(stored, architecture) ?? stored;
        bool hasOtherHead = !architecture.IsSavedFor(architecture.TaskOf(wanted), stored);
        return (architecture, wanted, architecture.Create(wanted), hasOtherHead);
    });

    /// <summary>The architecture that a configuration names.</summary>
    /// <exception cref="InvalidInputException">It names none, or one that is unknown.</exception>
    public static IArchitecture FindArchitecture(JsonElement config, ArchitectureRegistry? architectures) =>
        config.TryGetProperty("model_type", out var type) && type.ValueKind == JsonValueKind.String
            ? (architectures ?? ArchitectureRegistry.BuiltIn).Find(type.GetString()!)
            : throw new InvalidInputException("missing-config-keys", "config.json lacks model_type.") { Expected = "model_type" };

    /// <summary>
    /// The configuration for a model whose weights are written as they are read: without quantisation, and with the head tied or not as it
    /// was found. Null where nothing of this changes the file.
    /// </summary>
    public static byte[]? Rewrite(IArchitecture architecture, JsonElement json, ModelConfig before, ModelConfig after)
    {
        string[] stale = [.. QuantizationConfig.KeysIn(json)];
        return stale.Length == 0 && before == after ? null : ModelWriter.UpdateConfig(architecture, json, before, after, stale);
    }

    /// <summary>
    /// A class that is not known has a head of which nothing is known either. That of the model without a head, or with those of
    /// pretraining, is fine: what is missing is drawn afresh and reported.
    /// </summary>
    private static void RequireKnownClass(IArchitecture architecture, ModelConfig config)
    {
        if (config.Architectures is not { Count: > 0 } named || Enum.GetValues<ModelTask>().Any(task => architecture.IsSavedFor(task, config)))
        {
            return;
        }

        string[] known = [.. Enum.GetValues<ModelTask>().Select(architecture.ClassName).OfType<string>()];
        var families = known.Select(name => name.Split("For")[0].Split("LMHead")[0]).Distinct();
        string[] headless = [.. families.SelectMany(family => new[] { $"{family}Model", $"{family}ForPreTraining" })];
        if (!named.Any(headless.Contains))
        {
            throw new InvalidInputException("unknown-class", $"The model was saved as {string.Join(", ", named)}, which is not known.")
            {
                Found = $"architectures: {string.Join(", ", named)}",
                Expected = $"architectures: one of {string.Join(", ", known.Concat(headless))}",
                Hint = "A class of another name may compute something else with the same weights.",
            };
        }
    }

    /// <summary>Adds the file to errors that do not name one.</summary>
    public static T AtFile<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidInputException e) when (e.File is null)
        {
            throw new InvalidInputException(e.Code, e.Message, e)
            {
                File = file,
                Found = e.Found,
                Expected = e.Expected,
                Hint = e.Hint,
            };
        }
    }
}
