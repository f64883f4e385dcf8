using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>
/// Rounds float32 values to stored blocks, to the bit as the reference quantiser: the scale in float32 decides the rounding and is itself
/// stored as binary16.
/// </summary>
internal static class BlockWriter
{
    private const int BlockElements = 32;

    /// <summary>Whether values can be rounded to a type.</summary>
    public static bool CanWrite(GgufTensorType type) => type
        is GgufTensorType.F32 or GgufTensorType.F16 or GgufTensorType.BF16 or GgufTensorType.Q8_0 or GgufTensorType.Q4_0;

    /// <summary>Rounds whole blocks.</summary>
    /// <param name="type">The type.</param>
    /// <param name="values">The values.</param>
    /// <param name="bytes">Receives the blocks.</param>
    /// <param name="scales">
    /// For each block the scale whose steps its values are already, so that they are stored without another rounding; NaN where there is none,
    /// empty where no block has one.
    /// </param>
    /// <returns>The index of a finite value that the type cannot hold, or -1.</returns>
    public static int Narrow(GgufTensorType type, ReadOnlySpan<float> values, Span<byte> bytes, ReadOnlySpan<float> scales = default)
    {
        switch (type)
        {
            case GgufTensorType.F32 or GgufTensorType.F16 or GgufTensorType.BF16:
                return ElementWriter.FromFloats(type.DataType(), values, bytes);
            case GgufTensorType.Q8_0 or GgufTensorType.Q4_0:
                int blockBytes = type.BlockBytes();
                for (int block = 0; block < values.Length / BlockElements; block++)
                {
                    var from = values.Slice(block * BlockElements, BlockElements);
                    var to = bytes.Slice(block * blockBytes, blockBytes);
                    bool fits = (!scales.IsEmpty && Steps(type, from, scales[block], to)) || (type == GgufTensorType.Q8_0 ? Eight(from, to) : Four(from, to));
                    if (!fits)
                    {
                        return (block * BlockElements) + IndexOfLargest(from);
                    }
                }

                return -1;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Values are not rounded to this type.");
        }
    }

    /// <summary>Stores values that are steps of a scale as these; nothing is done where they are not, or the type has not so many.</summary>
    private static bool Steps(GgufTensorType type, ReadOnlySpan<float> values, float scale, Span<byte> block)
    {
        var (lowest, highest) = type == GgufTensorType.Q8_0 ? (-127, 127) : (-8, 7);
        Span<int> steps = stackalloc int[BlockElements];
        for (int i = 0; i < BlockElements; i++)
        {
            float step = MathF.Round(values[i] / scale);
            if (!(step >= lowest && step <= highest) || step * scale != values[i])
            {
                return false;
            }

            steps[i] = (int)step;
        }

        if ((float)(Half)scale != scale)
        {
            return false;
        }

        WriteScale(scale, block);
        for (int i = 0; i < BlockElements; i++)
        {
            if (type == GgufTensorType.Q8_0)
            {
                block[2 + i] = (byte)(sbyte)steps[i];
            }
            else if (i < BlockElements / 2)
            {
                block[2 + i] = (byte)((steps[i] + 8) | ((steps[i + (BlockElements / 2)] + 8) << 4));
            }
        }

        return true;
    }

    // The largest magnitude becomes 127 steps; halves are rounded away from zero.
    private static bool Eight(ReadOnlySpan<float> values, Span<byte> block)
    {
        float largest = MathF.Abs(values[IndexOfLargest(values)]);
        float scale = largest / 127;
        float inverse = scale != 0 ? 1 / scale : 0;
        bool fits = WriteScale(scale, block);
        for (int i = 0; i < BlockElements; i++)
        {
            block[2 + i] = (byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero);
        }

        return fits;
    }

    // The value of largest magnitude, with its sign, becomes -8 steps; the other side ends at 7.
    private static bool Four(ReadOnlySpan<float> values, Span<byte> block)
    {
        float scale = values[IndexOfLargest(values)] / -8;
        float inverse = scale != 0 ? 1 / scale : 0;
        bool fits = WriteScale(scale, block);
        for (int i = 0; i < BlockElements / 2; i++)
        {
            int low = Step(values[i] * inverse);
            int high = Step(values[i + (BlockElements / 2)] * inverse);
            block[2 + i] = (byte)(low | (high << 4));
        }

        return fits;

        static int Step(float value) => Math.Min(15, (int)(value + 8.5f));
    }

    private static bool WriteScale(float scale, Span<byte> block)
    {
        var half = (Half)scale;
        BinaryPrimitives.WriteHalfLittleEndian(MemoryMarshal.CreateSpan(ref block[0], 2), half);
        return Half.IsFinite(half);
    }

    // The first of several, as the reference compares strictly.
    private static int IndexOfLargest(ReadOnlySpan<float> values)
    {
        int index = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (MathF.Abs(values[i]) > MathF.Abs(values[index]))
            {
                index = i;
            }
        }

        return index;
    }
}
