namespace Sparsum.Tensors.Backends.Reference;

/// <summary>What a weight becomes when it is stored in fewer bits and read back.</summary>
public static class StorageRounding
{
    /// <summary>A rounded copy; with <see cref="StorageType.Int8"/> each row is scaled so that its largest magnitude is 127.</summary>
    public static Tensor Round(Tensor weight, StorageType storage)
    {
        var copy = weight.Clone();
        for (int row = 0; row < copy.RowCount; row++)
        {
            var values = copy.Row(row);
            float largest = 0;
            foreach (float value in values)
            {
                largest = Math.Max(largest, Math.Abs(value));
            }

            float scale = largest / 127;
            foreach (ref float value in values)
            {
                value = storage switch
                {
                    StorageType.Float32 or StorageType.Sparse => value,
                    StorageType.BFloat16 => RoundToBFloat16(value),
                    StorageType.Float16 => (float)(Half)value,
                    StorageType.Int8 => scale == 0 ? 0 : MathF.Round(value / scale, MidpointRounding.ToEven) * scale,
                    _ => throw new ArgumentOutOfRangeException(nameof(storage), storage, null),
                };
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
}
