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

    /// <summary>See <see cref="SamplingOptions.MinP"/>.</summary>
    public double? MinP { get; init; }

    /// <summary>See <see cref="SamplingOptions.TypicalP"/>.</summary>
    public double? TypicalP { get; init; }

    /// <summary>See <see cref="SamplingOptions.EpsilonCutoff"/>.</summary>
    public double? EpsilonCutoff { get; init; }

    /// <summary>See <see cref="SamplingOptions.EtaCutoff"/>.</summary>
    public double? EtaCutoff { get; init; }

    /// <summary>See <see cref="GenerationOptions.EncoderRepetitionPenalty"/>.</summary>
    public double? EncoderRepetitionPenalty { get; init; }

    /// <summary>See <see cref="GenerationOptions.NoRepeatNgramSize"/>.</summary>
    public int? NoRepeatNgramSize { get; init; }

    /// <summary>See <see cref="GenerationOptions.EncoderNoRepeatNgramSize"/>.</summary>
    public int? EncoderNoRepeatNgramSize { get; init; }

    /// <summary>See <see cref="GenerationOptions.BadWordsIds"/>.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? BadWordsIds { get; init; }

    /// <summary>See <see cref="GenerationOptions.SuppressTokens"/>.</summary>
    public IReadOnlyList<int>? SuppressTokens { get; init; }

    /// <summary>See <see cref="GenerationOptions.BeginSuppressTokens"/>.</summary>
    public IReadOnlyList<int>? BeginSuppressTokens { get; init; }

    /// <summary>See <see cref="GenerationOptions.ForcedBosTokenId"/>.</summary>
    public int? ForcedBosTokenId { get; init; }

    /// <summary>See <see cref="GenerationOptions.ForcedEosTokenId"/>.</summary>
    [JsonConverter(typeof(TokenIdsConverter))]
    public IReadOnlyList<int>? ForcedEosTokenId { get; init; }

    /// <summary>See <see cref="GenerationOptions.DecoderStartTokenId"/>.</summary>
    public int? DecoderStartTokenId { get; init; }

    /// <summary>See <see cref="GenerationOptions.MaxLength"/>; <see cref="MaxNewTokens"/> comes before it.</summary>
    public int? MaxLength { get; init; }

    /// <summary>See <see cref="GenerationOptions.MinLength"/>.</summary>
    public int? MinLength { get; init; }

    /// <summary>See <see cref="GenerationOptions.MinNewTokens"/>.</summary>
    public int? MinNewTokens { get; init; }

    /// <summary>Start and factor of <see cref="GenerationOptions.LengthDecay"/>.</summary>
    public IReadOnlyList<double>? ExponentialDecayLengthPenalty { get; init; }

    /// <summary>See <see cref="GenerationOptions.NumBeams"/>.</summary>
    public int? NumBeams { get; init; }

    /// <summary>See <see cref="GenerationOptions.NumReturnSequences"/>.</summary>
    public int? NumReturnSequences { get; init; }

    /// <summary>See <see cref="GenerationOptions.LengthPenalty"/>.</summary>
    public double? LengthPenalty { get; init; }

    /// <summary>See <see cref="GenerationOptions.EarlyStopping"/>.</summary>
    public EarlyStopping? EarlyStopping { get; init; }

    /// <summary>See <see cref="GenerationOptions.UseCache"/>.</summary>
    public bool? UseCache { get; init; }

    /// <summary>Reads the defaults of a model folder; a folder without the files gives an empty record.</summary>
    /// <exception cref="InvalidInputException">A file is malformed, or a value out of range.</exception>
    public static GenerationConfig Open(string folder) =>
        Read(Path.Combine(folder, FileName)).WithIds(Read(Path.Combine(folder, "config.json")));

    /// <summary>
    /// Settings of a file of the user's over the defaults of a model folder: a key of the file replaces the folder's, and whether to sample
    /// is the file's alone, as is the length where the file says anything of it.
    /// </summary>
    /// <exception cref="InvalidInputException">
    /// A file is missing or malformed, a value is out of range, or a setting is unknown or cannot be honoured.
    /// </exception>
    public static GenerationConfig Open(string folder, string file)
    {
        var given = ModelFolder.ReadObject(file)
            ?? throw new InvalidInputException("missing-file", $"There is no file '{file}'.") { File = file, Hint = "Check the path." };
        ModelFolder.AtFile(file, () => UnsupportedSettings.CheckNames(given));
        var merged = new JsonObject();
        string own = Path.Combine(folder, FileName);
        foreach (var property in ModelFolder.ReadObject(own)?.EnumerateObject().ToArray() ?? [])
        {
            merged[property.Name] = JsonNode.Parse(property.Value.GetRawText());
        }

        merged.Remove("do_sample");
        if (given.TryGetProperty("max_length", out _) || given.TryGetProperty("max_new_tokens", out _))
        {
            merged.Remove("max_length");
            merged.Remove("max_new_tokens");
        }

        foreach (var property in given.EnumerateObject())
        {
            merged[property.Name] = JsonNode.Parse(property.Value.GetRawText());
        }

        using var document = JsonDocument.Parse(merged.ToJsonString());
        return ModelFolder.AtFile(file, () => Parse(document.RootElement)).WithIds(Read(Path.Combine(folder, "config.json")));
    }

    private GenerationConfig WithIds(GenerationConfig model) => this with
    {
        BosTokenId = BosTokenId ?? model.BosTokenId,
        EosTokenId = EosTokenId ?? model.EosTokenId,
        PadTokenId = PadTokenId ?? model.PadTokenId,
    };

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
            MaxLength = MaxNewTokens is null ? MaxLength : null,
            MinLength = MinLength ?? 0,
            MinNewTokens = MinNewTokens ?? 0,
            NumBeams = NumBeams ?? 1,
            NumReturnSequences = NumReturnSequences ?? 1,
            LengthPenalty = LengthPenalty ?? 1,
            EarlyStopping = EarlyStopping ?? Generation.EarlyStopping.Heuristic,
            UseCache = UseCache ?? true,
            RepetitionPenalty = RepetitionPenalty ?? 1,
            EncoderRepetitionPenalty = EncoderRepetitionPenalty ?? 1,
            NoRepeatNgramSize = NoRepeatNgramSize ?? 0,
            EncoderNoRepeatNgramSize = EncoderNoRepeatNgramSize ?? 0,
            BadWordsIds = BadWordsIds ?? [],
            SuppressTokens = SuppressTokens ?? [],
            BeginSuppressTokens = BeginSuppressTokens ?? [],
            ForcedBosTokenId = ForcedBosTokenId,
            ForcedEosTokenId = ForcedEosTokenId ?? [],
            DecoderStartTokenId = DecoderStartTokenId,
            LengthDecay = ExponentialDecayLengthPenalty is [var start, var factor] ? ((int)start, factor) : null,
            Sampling = DoSample == true
                ? new SamplingOptions
                {
                    Temperature = Temperature ?? 1,
                    TopK = TopK ?? 50,
                    TopP = TopP ?? 1,
                    MinP = MinP ?? 0,
                    TypicalP = TypicalP ?? 1,
                    EpsilonCutoff = EpsilonCutoff ?? 0,
                    EtaCutoff = EtaCutoff ?? 0,
                    Seed = seed,
                }
                : null,
        };
    }

    private static GenerationConfig Read(string path)
    {
        var json = ModelFolder.ReadObject(path);
        return json is { } file ? ModelFolder.AtFile(path, () => Parse(Path.GetFileName(path) == FileName ? file : TokenIds(file))) : new GenerationConfig();
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

    /// <summary>Reads settings from an object of a file.</summary>
    /// <exception cref="InvalidInputException">A value is malformed, out of range or not supported.</exception>
    internal static GenerationConfig Parse(JsonElement json)
    {
        ConfigFields.Check(json, GenerationJson.Default.GenerationConfig);
        UnsupportedSettings.Check(json);
        var config = ConfigFields.Deserialize(() => json.Deserialize(GenerationJson.Default.GenerationConfig), json);
        config.CheckRanges();
        return config;
    }

    private void CheckRanges()
    {
        Require(this is not { DoSample: true, Temperature: 0 }, "temperature", "0", "above 0 where do_sample is true");
        Require(this is not { DoSample: true, TopP: 0 }, "top_p", "0", "above 0 where do_sample is true");
        Require(NumBeams is not 0, "num_beams", "0", "at least 1");
        Require(NumReturnSequences is not 0, "num_return_sequences", "0", "at least 1");
        Require(
            (NumReturnSequences ?? 1) <= (NumBeams ?? 1), "num_return_sequences", $"{NumReturnSequences}", $"at most num_beams, {NumBeams ?? 1}");
        Require(!(DoSample == true && NumBeams > 1), "num_beams", $"{NumBeams}", "1 where do_sample is true: beams are searched, not sampled");
        Require(MaxLength is not 0, "max_length", "0", "at least 1");
        Require(EncoderRepetitionPenalty is null or > 0, "encoder_repetition_penalty", Text(EncoderRepetitionPenalty), "above 0");
        Require(TypicalP is null or (> 0 and <= 1), "typical_p", Text(TypicalP), "above 0 and at most 1");
        Require(MinP is null or (>= 0 and < 1), "min_p", Text(MinP), "at least 0 and below 1");
        Require(EpsilonCutoff is null or (>= 0 and < 1), "epsilon_cutoff", Text(EpsilonCutoff), "at least 0 and below 1");
        Require(EtaCutoff is null or (>= 0 and < 1), "eta_cutoff", Text(EtaCutoff), "at least 0 and below 1");
        Require(BadWordsIds?.Any(word => word is null or { Count: 0 }) != true, "bad_words_ids", "a word without tokens", "lists of at least one token");
        Require(
            ExponentialDecayLengthPenalty is null or [>= 0 and < int.MaxValue, > 0] && ExponentialDecayLengthPenalty?[0] % 1 is null or 0,
            "exponential_decay_length_penalty",
            $"[{string.Join(", ", ExponentialDecayLengthPenalty?.Select(value => Text(value)) ?? [])}]",
            "a whole number of at least 0 and a factor above 0");

        static void Require(bool holds, string key, string found, string expected)
        {
            if (!holds)
            {
                throw ConfigCheck.Invalid(key, found, expected);
            }
        }

        static string Text(double? value) => FormattableString.Invariant($"{value}");
    }
}
