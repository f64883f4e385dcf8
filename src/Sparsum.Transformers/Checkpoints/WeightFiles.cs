namespace Sparsum.Transformers.Checkpoints;

/// <summary>How the weight files of a model folder are called.</summary>
/// <param name="Stem">The beginning of their names.</param>
/// <param name="Extension">The end, with its dot.</param>
public sealed record WeightFiles(string Stem, string Extension)
{
    /// <summary>What index files have behind the name of the single file.</summary>
    internal const string IndexSuffix = ".index.json";

    /// <summary><c>model.safetensors</c>, as Hugging Face libraries look for it.</summary>
    public static WeightFiles Standard { get; } = new("model", ".safetensors");

    /// <summary>
    /// <c>weights.sparsum</c>, for weights that others must not take for dense ones: no library finds them and fills in random values. The
    /// content has the layout of safetensors.
    /// </summary>
    public static WeightFiles Compact { get; } = new("weights", ".sparsum");

    /// <summary>Where there is one file alone.</summary>
    public string Single => Stem + Extension;

    /// <summary>The index where there are several.</summary>
    public string Index => Single + IndexSuffix;

    /// <summary>The name of one of several files.</summary>
    /// <param name="index">From 0.</param>
    /// <param name="count">How many there are; with one, it is <see cref="Single"/>.</param>
    public string NameOf(int index, int count) =>
        count == 1 ? Single : FormattableString.Invariant($"{Stem}-{index + 1:D5}-of-{count:D5}{Extension}");
}
