using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sparsum.Core;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Generation;

/// <summary>
/// The defaults that a model brings along in <c>generation_config.json</c>; token ids that are not there come from <c>config.json</c>.
/// Property names are the Hugging Face keys in Pascal case; null means that the files say nothing.
/// </summary>
public sealed record GenerationConfig
{
    private const string FileName = "generation_config.json";

    /// <summary>Id that begins a sequence.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>Ids that end a sequence.</summary>
    [JsonConverter(typeof(TokenIdsConverter))]
    public IReadOnlyList<int>? EosTokenId { get; init; }

    /// <summary>Padding id.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Most tokens to add.</summary>
    public int? MaxNewTokens { get; init; }

    /// <summary>Whether to sample.</summary>
    public bool? DoSample { get; init; }

    /// <summary>See <see cref="SamplingOptions.Temperature"/>.</summary>
    public double? Temperature { get; init; }

    /// <summary>
    /// See <see cref="SamplingOptions.TopK"/>; 50 where sampling is on and nothing is said, as in the reference implementation.
    /// </summary>
    public int? TopK { get; init; }

    /// <summary>See <see cref="SamplingOptions.TopP"/>.</summary>
    public double? TopP { get; init; }

    /// <summary>See <see cref="GenerationOptions.RepetitionPenalty"/>.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary>Reads the defaults of a model folder; a folder without the files gives an empty record.</summary>
    /// <exception cref="InvalidInputException">A file is malformed, or a value out of range.</exception>
    public static GenerationConfig Open(string folder)
    {
        var own = Read(Path.Combine(folder, FileName));
        var model = Read(Path.Combine(folder, "config.json"));
        return own with
        {
            BosTokenId = own.BosTokenId ?? model.BosTokenId,
            EosTokenId = own.EosTokenId ?? model.EosTokenId,
            PadTokenId = own.PadTokenId ?? model.PadTokenId,
        };
    }

    /// <summary>
    /// Options with these defaults; without a padding id, or with the -1 that some files have there, the first end id pads.
    /// </summary>
    /// <param name="seed">Seed of the sampling, if the defaults ask for it.</param>
    public GenerationOptions ToOptions(ulong seed = 0)
    {
        var defaults = new GenerationOptions();
        return defaults with
        {
            MaxNewTokens = MaxNewTokens ?? defaults.MaxNewTokens,
            EndIds = EosTokenId ?? [],
            PadId = PadTokenId is >= 0 ? PadTokenId.Value : EosTokenId?.FirstOrDefault() ?? 0,
            RepetitionPenalty = RepetitionPenalty ?? 1,
            Sampling = DoSample == true
                ? new SamplingOptions { Temperature = Temperature ?? 1, TopK = TopK ?? 50, TopP = TopP ?? 1, Seed = seed }
                : null,
        };
    }

    private static GenerationConfig Read(string path)
    {
        var json = ModelFolder.ReadObject(path);
        return json is { } file ? ModelFolder.AtFile(path, () => Read(Path.GetFileName(path) == FileName ? file : TokenIds(file))) : new GenerationConfig();
    }

    /// <summary>Of the model's configuration nothing else counts: other settings in it are those of a time before the file of their own.</summary>
    private static JsonElement TokenIds(JsonElement config)
    {
        var ids = new JsonObject();
        foreach (string key in new[] { "bos_token_id", "eos_token_id", "pad_token_id" })
        {
            if (config.TryGetProperty(key, out var value))
            {
                ids[key] = JsonNode.Parse(value.GetRawText());
            }
        }

        using var document = JsonDocument.Parse(ids.ToJsonString());
        return document.RootElement.Clone();
    }

    private static GenerationConfig Read(JsonElement json)
    {
        ConfigFields.Check(json, GenerationJson.Default.GenerationConfig);
        var config = ConfigFields.Deserialize(() => json.Deserialize(GenerationJson.Default.GenerationConfig), json);
        return config is { DoSample: true, Temperature: 0 } or { DoSample: true, TopP: 0 }
            ? throw ConfigCheck.Invalid(config.Temperature == 0 ? "temperature" : "top_p", "0", "above 0 where do_sample is true")
            : config;
    }
}
