using Sparsum.Core;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>
/// How weights are rounded to whole steps of scales, without zero points: <c>weight = step · scale</c>. A scale serves a row, or a group of
/// neighbouring columns in it. Scales are values that bfloat16 and binary16 both hold, so that every format stores them as they are, and
/// <c>step · scale</c> is exact in float32.
/// </summary>
/// <param name="Bits">
/// 8: steps from -127 to 127, the largest magnitude becomes 127. 4: steps from -8 to 7, the value of the largest magnitude becomes -8 (the
/// sign of the scale sees to that), as in GGUF's Q4_0.
/// </param>
/// <param name="GroupSize">Columns that share a scale; null for all of a row.</param>
public sealed record WeightQuantization(int Bits, int? GroupSize = null)
{
    /// <summary>The lowest step.</summary>
    public int LowestStep => Bits == 8 ? -127 : -8;

    /// <summary>The highest step.</summary>
    public int HighestStep => Bits == 8 ? 127 : 7;

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="InvalidInputException">They are not 4 or 8 bits, or the group has no size.</exception>
    public void Validate()
    {
        if (Bits is not (4 or 8))
        {
            throw OutOfRange("quantize", FormattableString.Invariant($"{Bits} bits"), "4 or 8 bits", "int8 keeps nearly all quality, int4 halves the size again.");
        }

        if (GroupSize is < 1)
        {
            throw OutOfRange("group-size", FormattableString.Invariant($"{GroupSize}"), "1 or more", "32 is what GGUF files have.");
        }
    }

    /// <summary>Scales of one row.</summary>
    public int GroupsOf(int columns) => GroupSize is { } size ? (columns + size - 1) / size : 1;

    /// <summary>Columns that share a scale in a row of so many.</summary>
    public int WidthOf(int columns) => GroupSize ?? columns;

    /// <summary>Refuses a matrix whose rows are no whole groups.</summary>
    /// <exception cref="InvalidInputException">They are not.</exception>
    public void Check(string name, int columns)
    {
        if (GroupSize is { } size && columns % size != 0)
        {
            throw new InvalidInputException("group-mismatch", $"The rows of '{name}' are no whole groups of {size}.")
            {
                Option = "group-size",
                Found = FormattableString.Invariant($"{columns} columns in groups of {size}"),
                Expected = "a group size that divides the columns of every layer",
                Hint = "32 divides the widths of nearly all models; with 8 bits a scale can serve a whole row.",
            };
        }
    }

    /// <summary>The scale of values: the smallest that lets none of them be cut off. 1 where all are zero.</summary>
    /// <param name="extreme">The value of the largest magnitude, the first of several.</param>
    public float Scale(double extreme)
    {
        if (extreme == 0)
        {
            return 1;
        }

        float exact = (float)(Bits == 8 ? Math.Abs(extreme) / HighestStep : extreme / LowestStep);
        return Math.Abs(exact) >= (float)Half.MaxValue
            ? throw new RunFailedException("scale-overflow", "A weight is too large to be quantised.")
            {
                Found = FormattableString.Invariant($"{extreme}"),
                Expected = "weights whose scales binary16 can hold",
                Hint = "Check the dense model; a weight of that size is a sign of damage.",
            }
            : RoundUp(exact);
    }

    /// <summary>The step that a value is rounded to, halves to even.</summary>
    public int Step(double value, float scale) => Math.Clamp((int)Math.Round(value / scale), LowestStep, HighestStep);

    /// <summary>The value of the largest magnitude, the first of several.</summary>
    public static float Extreme(ReadOnlySpan<float> values)
    {
        float extreme = 0;
        foreach (float value in values)
        {
            extreme = MathF.Abs(value) > MathF.Abs(extreme) ? value : extreme;
        }

        return extreme;
    }

    private static InvalidInputException OutOfRange(string option, string found, string expected, string hint) =>
        new("option-out-of-range", $"The {option} is {found}.") { Option = option, Found = found, Expected = expected, Hint = hint };

    // The next value away from zero of those that bfloat16 and binary16 share: 8 significant bits, multiples of 2^-24.
    private static float RoundUp(float value)
    {
        const uint LowHalf = 0xFFFF;
        const float SmallestHalf = 1f / (1 << 24);
        const float SmallestNormal = 1f / (1 << 14);
        uint bits = (BitConverter.SingleToUInt32Bits(value) + LowHalf) & ~LowHalf;
        float rounded = BitConverter.UInt32BitsToSingle(bits);
        return MathF.Abs(rounded) >= SmallestNormal
            ? rounded
            : MathF.CopySign(MathF.Ceiling(MathF.Abs(rounded) / SmallestHalf) * SmallestHalf, rounded);
    }
}
