using Sparsum.Tensors.Numerics;

namespace Sparsum.Transformers.Checkpoints;

/// <summary>What writing weights in another type did to their values.</summary>
public sealed class Rounding
{
    private const int ChunkElements = 1 << 14;

    /// <summary>Floating-point values that were written.</summary>
    public long Values { get; private set; }

    /// <summary>Values that are not what they were.</summary>
    public long Changed { get; private set; }

    /// <summary>Values among them that were too small for the type and are zero now.</summary>
    public long BecameZero { get; private set; }

    /// <summary>The largest difference between a value and what became of it.</summary>
    public double LargestError { get; private set; }

    /// <summary>The tensor with the largest difference; null where there is none.</summary>
    public string? Tensor { get; private set; }

    /// <summary>Adds values that a tensor is given in a type.</summary>
    internal void Add(string tensor, TensorDataType type, ReadOnlySpan<float> values)
    {
        Values += values.Length;
        if (type is not (TensorDataType.F16 or TensorDataType.BF16))
        {
            return;
        }

        Span<ushort> bits = new ushort[Math.Min(ChunkElements, values.Length)];
        Span<float> rounded = new float[bits.Length];
        for (int start = 0; start < values.Length; start += ChunkElements)
        {
            var part = values[start..Math.Min(values.Length, start + ChunkElements)];
            if (type == TensorDataType.F16)
            {
                HalfPrecision.NarrowToFloat16(part, bits);
                HalfPrecision.WidenFloat16(bits[..part.Length], rounded);
            }
            else
            {
                HalfPrecision.NarrowToBFloat16(part, bits);
                HalfPrecision.WidenBFloat16(bits[..part.Length], rounded);
            }

            Compare(tensor, part, rounded);
        }
    }

    private void Compare(string tensor, ReadOnlySpan<float> values, ReadOnlySpan<float> rounded)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] == rounded[i])
            {
                continue;
            }

            Changed++;
            BecameZero += rounded[i] == 0 ? 1 : 0;
            double error = Math.Abs((double)values[i] - rounded[i]);
            if (error > LargestError)
            {
                (LargestError, Tensor) = (error, tensor);
            }
        }
    }
}
