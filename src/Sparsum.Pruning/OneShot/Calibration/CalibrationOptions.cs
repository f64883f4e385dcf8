using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>Which data calibrate a run. Defaults are those of the Wanda and NeuronAl experiments.</summary>
public sealed record CalibrationOptions
{
    /// <summary>Sequences that are drawn from text where nobody says how many.</summary>
    public const int DefaultSamples = 128;

    /// <summary>Tokens per sequence where nobody says how many.</summary>
    public const int LargestDefaultSequenceLength = 2048;

    /// <summary>
    /// A text file, JSON lines or Parquet with a field <c>text</c>, or a safetensors/JSON file with <c>input_ids [samples, tokens]</c>, beside which
    /// there may be <c>attention_mask</c>, <c>decoder_input_ids</c> and <c>decoder_attention_mask</c>.
    /// </summary>
    public required string File { get; init; }

    /// <summary>One of <see cref="CalibrationRules.ForText"/>; null lets the kinds of file and model decide.</summary>
    public string? Rule { get; init; }

    /// <summary>
    /// Number of sequences; null for <see cref="DefaultSamples"/>, or all that a file of ready ids has. Of such a file the first are taken.
    /// </summary>
    public int? Samples { get; init; }

    /// <summary>
    /// Tokens per sequence, or the most of them where documents are taken whole; null for <see cref="LargestDefaultSequenceLength"/>, or what
    /// the model takes if that is less. Must be null for a file of ready ids, which gives its own.
    /// </summary>
    public int? SequenceLength { get; init; }

    /// <summary>Seed of the draws, as given to <c>random.seed</c>.</summary>
    public long Seed { get; init; }

    internal void Validate()
    {
        CalibrationRules.Check(Rule);
        CheckPositive(Samples ?? DefaultSamples, "samples");
        CheckPositive(SequenceLength, "sequence-length");
    }

    private static void CheckPositive(int? value, string option)
    {
        if (value < 1)
        {
            throw new InvalidInputException("option-out-of-range", $"The {option} is {value}.")
            {
                Option = option,
                Found = FormattableString.Invariant($"{value}"),
                Expected = "1 or more",
                Hint = "Leave the option out to use its default.",
            };
        }
    }
}
