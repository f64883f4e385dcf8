namespace Sparsum.Tensors.Backends.Reference;

/// <summary>What a weight becomes when it is stored in fewer bits and read back.</summary>
public static class StorageRounding
{
    private const int Block = 32;

    /// <summary>A rounded copy; with 8-bit integers each block of 32 along a row has a binary16 factor, or each row a float32.</summary>
    public static Tensor Round(Tensor weight, StorageType storage)
    {
        var copy = weight.Clone();
        for (int row = 0; row < copy.RowCount; row++)
        {
            var values = copy.Row(row);
            if (storage is StorageType.Int8Rows or StorageType.Int8RowsA16 or StorageType.SparseInt8RowsA16)
            {
                RoundByLargest(values, keepsRests: false);
                continue;
            }

            if (storage is StorageType.Int8 or StorageType.SparseInt8)
            {
                for (int start = 0; start < values.Length; start += Block)
                {
                    RoundBlock(values[start..Math.Min(values.Length, start + Block)]);
                }

                continue;
            }

            foreach (ref float value in values)
            {
                value = storage switch
                {
                    StorageType.Float32 or StorageType.Sparse or StorageType.Auto => value,
                    StorageType.BFloat16 or StorageType.SparseBFloat16 => RoundToBFloat16(value),
                    StorageType.Float16 => (float)(Half)value,
                    _ => throw new ArgumentOutOfRangeException(nameof(storage), storage, null),
                };
            }
        }

        return copy;
    }

    /// <summary>A copy of an input as the products with such a weight read it: rounded in blocks of 32, or in rows, where those are integers.</summary>
    public static Tensor RoundInput(Tensor input, StorageType storage)
    {
        var copy = input.Clone();
        int block = storage switch
        {
            StorageType.Int8 or StorageType.SparseInt8 => Block,
            StorageType.Int8Rows or StorageType.Int8RowsA16 or StorageType.SparseInt8RowsA16 => Math.Max(1, copy.Columns),
            _ => 0,
        };
        bool keepsRests = storage is StorageType.Int8RowsA16 or StorageType.SparseInt8RowsA16;
        for (int row = 0; row < copy.RowCount && block > 0; row++)
        {
            for (int start = 0; start < copy.Columns; start += block)
            {
                RoundByLargest(copy.Row(row)[start..Math.Min(copy.Columns, start + block)], keepsRests);
            }
        }

        return copy;
    }

    /// <summary>The nearest bfloat16, ties to even; NaN stays NaN.</summary>
    public static float RoundToBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            return BitConverter.UInt32BitsToSingle((bits | 0x0040_0000) & 0xFFFF_0000);
        }

        return BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF_0000);
    }

    private static void RoundByLargest(Span<float> values, bool keepsRests)
    {
        float largest = Largest(values);
        foreach (ref float value in values)
        {
            float scaled = largest == 0 ? 0 : value * (127 / largest);
            float whole = MathF.Round(scaled, MidpointRounding.ToEven);
            float rest = keepsRests ? MathF.Round((scaled - whole) * 254, MidpointRounding.ToEven) / 254 : 0;
            value = (whole + rest) * (largest / 127);
        }
    }

    private static void RoundBlock(Span<float> values)
    {
        float factor = (float)(Half)(Largest(values) / 127);
        foreach (ref float value in values)
        {
            value = factor == 0 ? 0 : Math.Clamp(MathF.Round(value / factor, MidpointRounding.ToEven), -127, 127) * factor;
        }
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        float largest = 0;
        foreach (float value in values)
        {
            largest = MathF.Max(largest, MathF.Abs(value));
        }

        return largest;
    }
}
