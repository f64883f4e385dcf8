using System.Text.Json.Serialization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// The object <c>rope_scaling</c> of a configuration (<c>rope_parameters</c> in newer files): how frequencies are stretched. In models whose
/// kinds of attention differ it has such an object for each kind instead.
/// </summary>
public sealed record RotaryScaling
{
    /// <summary>The kind: <c>default</c>, <c>linear</c>, <c>dynamic</c>, <c>yarn</c>, <c>longrope</c> or <c>llama3</c>.</summary>
    public string? RopeType { get; init; }

    /// <summary>The kind under its older key.</summary>
    public string? Type { get; init; }

    /// <summary>How many times longer contexts become.</summary>
    public double? Factor { get; init; }

    /// <summary>llama3: wavelengths above the original context length over this are stretched in full.</summary>
    public double? LowFreqFactor { get; init; }

    /// <summary>llama3: wavelengths below the original context length over this stay as they are.</summary>
    public double? HighFreqFactor { get; init; }

    /// <summary>The context length before stretching; null means <c>max_position_embeddings</c>.</summary>
    public int? OriginalMaxPositionEmbeddings { get; init; }

    /// <summary>yarn, longrope: factor on what is rotated; null means what the paper has.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>yarn: features that turn more often than this within the original context stay as they are; null means 32.</summary>
    public double? BetaFast { get; init; }

    /// <summary>yarn: features that turn less often than this are stretched in full; null means 1.</summary>
    public double? BetaSlow { get; init; }

    /// <summary>yarn: weight of the logarithm in the attention factor; only together with <see cref="MscaleAllDim"/>.</summary>
    public double? Mscale { get; init; }

    /// <summary>yarn: the same of what the attention factor is divided by.</summary>
    public double? MscaleAllDim { get; init; }

    /// <summary>yarn: whether the border between the bands lies at whole features; null means yes.</summary>
    public bool? Truncate { get; init; }

    /// <summary>longrope: for each frequency what it is divided by in sequences up to the original context.</summary>
    public IReadOnlyList<double>? ShortFactor { get; init; }

    /// <summary>longrope: the same in longer sequences.</summary>
    public IReadOnlyList<double>? LongFactor { get; init; }

    /// <summary>The base, in files that keep it here.</summary>
    public double? RopeTheta { get; init; }

    /// <summary>The share of rotated features, in files that keep it here.</summary>
    public double? PartialRotaryFactor { get; init; }

    /// <summary>What holds in blocks with full attention, in files that tell kinds of attention apart.</summary>
    public RotaryScaling? FullAttention { get; init; }

    /// <summary>What holds in blocks with a sliding window, in files that tell kinds of attention apart.</summary>
    public RotaryScaling? SlidingAttention { get; init; }

    /// <summary>The kind under whichever key.</summary>
    [JsonIgnore]
    public string Kind => RopeType ?? Type ?? "default";

    /// <summary>Whether there is an object for each kind of attention.</summary>
    [JsonIgnore]
    public bool IsByLayerType => FullAttention is not null || SlidingAttention is not null;

    /// <summary>
    /// What a configuration says of blocks of one kind: <c>rope_scaling</c> where it is there and not empty, otherwise
    /// <c>rope_parameters</c>, as the reference implementation reads them.
    /// </summary>
    /// <param name="scaling"><c>rope_scaling</c>.</param>
    /// <param name="parameters"><c>rope_parameters</c>.</param>
    /// <param name="layerType">The kind of attention, for files that tell them apart: <see cref="LayerTypes.Full"/> or <see cref="LayerTypes.Sliding"/>.</param>
    /// <exception cref="Core.InvalidInputException">The file tells kinds apart but says nothing of this one.</exception>
    public static RotaryScaling? Of(RotaryScaling? scaling, RotaryScaling? parameters, string layerType = LayerTypes.Full)
    {
        var chosen = scaling is null || scaling == new RotaryScaling() ? parameters : scaling;
        return chosen is not { IsByLayerType: true }
            ? chosen
            : (layerType == LayerTypes.Sliding ? chosen.SlidingAttention : chosen.FullAttention)
                ?? throw ConfigCheck.Invalid("rope_parameters", $"without {layerType}", "an object for every kind of attention in layer_types");
    }

    /// <summary>
    /// The embedding of <paramref name="size"/> features: frequency <c>i</c> is <c>theta^(-2i/size)</c> (Su et al., RoFormer, eq. 15),
    /// then stretched.
    /// </summary>
    /// <param name="size">Rotated features of a head.</param>
    /// <param name="theta">The base, where <paramref name="scaling"/> has none.</param>
    /// <param name="scaling">How frequencies are stretched; null leaves them.</param>
    /// <param name="maxPositions"><c>max_position_embeddings</c>.</param>
    /// <param name="isInterleaved">Whether pairs of features are neighbours.</param>
    /// <exception cref="Core.InvalidInputException">The kind is unknown or lacks a number it needs, or the size is not even.</exception>
    public static RotaryEmbedding Embed(int size, double theta, RotaryScaling? scaling, int maxPositions, bool isInterleaved = false)
    {
        theta = scaling?.RopeTheta ?? theta;
        if (size < 2 || size % 2 != 0)
        {
            throw ConfigCheck.Invalid("head_dim", $"{size} rotated features", "an even number of rotated features");
        }

        if (!(theta > 0) || !double.IsFinite(theta))
        {
            throw ConfigCheck.Invalid("rope_theta", FormattableString.Invariant($"{theta}"), "a positive number");
        }

        var stretch = new RotaryStretch(size, theta, scaling ?? new RotaryScaling(), maxPositions);
        return new RotaryEmbedding(stretch.Frequencies())
        {
            Scale = stretch.Scale(),
            Long = stretch.Long(),
            IsInterleaved = isInterleaved,
        };
    }
}
