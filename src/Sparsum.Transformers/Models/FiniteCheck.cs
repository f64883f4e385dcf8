using Sparsum.Core;
using Sparsum.Tensors;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Sparsum.Transformers.Models;

/// <summary>Refuses weights that are not numbers: one NaN spoils every token that passes it.</summary>
internal static class FiniteCheck
{
    /// <summary>Checks values that were read from a tensor.</summary>
    /// <exception cref="InvalidInputException">Some are NaN or infinite.</exception>
    public static void Run(Tensor values, string tensorName, string file)
    {
        long count = 0;
        for (int row = 0; row < values.RowCount; row++)
        {
            count += Count(values.Row(row));
        }

        ThrowIfAny(count, values.Length, tensorName, file);
    }

    /// <summary>Checks values that were read from a tensor, or some of them.</summary>
    /// <exception cref="InvalidInputException">Some are NaN or infinite.</exception>
    public static void Run(ReadOnlySpan<float> values, string tensorName, string file) =>
        ThrowIfAny(Count(values), values.Length, tensorName, file);

    private static long Count(ReadOnlySpan<float> values)
    {
        long count = 0;
        if (!TensorPrimitives.IsFiniteAll(values))
        {
            foreach (float value in values)
            {
                count += float.IsFinite(value) ? 0 : 1;
            }
        }

        return count;
    }

    private static void ThrowIfAny(long count, long length, string tensorName, string file)
    {
        if (count > 0)
        {
            throw new InvalidInputException(
                "non-finite-weights",
                FormattableString.Invariant($"The tensor '{tensorName}' has {count} values that are NaN or infinite."))
            {
                File = file,
                Found = FormattableString.Invariant($"{tensorName}: {count} of {length} values NaN or infinite"),
                Expected = "finite values",
                Hint = "The file is damaged or the training that wrote it diverged; take an earlier checkpoint.",
            };
        }
    }
}
