using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static Sparsum.Transformers.Checkpoints.Gguf.BlockReader;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>Widens the blocks of 256 elements whose parts have quantised scales of their own ("k-quants").</summary>
internal static class SuperBlockReader
{
    /// <summary>Two bits: 16 bytes of scale and minimum, 64 of values, the factors of both.</summary>
    public static void Two(ref byte block, ref float values)
    {
        var (scale, minimum) = (Half(ref block, 80), Half(ref block, 82));
        var mask = Vector128.Create((byte)3);
        for (int part = 0; part < 16; part++)
        {
            // Two runs of 128 values share 32 bytes each; within a run, two bits after the other.
            var (run, plane, half) = (part / 8, part / 2 % 4, part % 2);
            byte steps = Unsafe.Add(ref block, part);
            var quantised = (Bytes(ref block, 16 + (32 * run) + (16 * half)) >>> (2 * plane)) & mask;
            Store(quantised.AsSByte(), scale * (steps & 0xF), minimum * (steps >> 4), ref values, 16 * part);
        }
    }

    /// <summary>Three bits: 32 bytes of upper bits, 64 of lower ones, 12 of scales, the factor.</summary>
    public static void Three(ref byte block, ref float values)
    {
        float scale = Half(ref block, 108);
        for (int part = 0; part < 16; part++)
        {
            var (run, plane, half) = (part / 8, part / 2 % 4, part % 2);
            int low = part < 8 ? Unsafe.Add(ref block, 96 + part) & 0xF : Unsafe.Add(ref block, 96 + part - 8) >> 4;
            int high = (Unsafe.Add(ref block, 104 + (part % 4)) >> (2 * (part / 4))) & 3;
            var quantised = (Bytes(ref block, 32 + (32 * run) + (16 * half)) >>> (2 * plane)) & Vector128.Create((byte)3);
            var bit = Bytes(ref block, 16 * half) & Vector128.Create((byte)(1 << ((4 * run) + plane)));
            var missing = Vector128.Equals(bit, Vector128<byte>.Zero) & Vector128.Create((byte)4);
            Store((quantised - missing).AsSByte(), scale * ((low | (high << 4)) - 32), ref values, 16 * part);
        }
    }

    /// <summary>Four bits: the factors, 12 bytes of scales and minima, 128 of values.</summary>
    public static void Four(ref byte block, ref float values)
    {
        for (int part = 0; part < 8; part++)
        {
            var (scale, minimum) = ScaleAndMinimum(ref block, part);
            for (int half = 0; half < 2; half++)
            {
                var bytes = Bytes(ref block, 16 + (32 * (part / 2)) + (16 * half));
                var quantised = part % 2 == 0 ? Low(bytes) : High(bytes);
                Store(quantised.AsSByte(), scale, minimum, ref values, (32 * part) + (16 * half));
            }
        }
    }

    /// <summary>Five bits: the factors, 12 bytes of scales and minima, 32 of fifth bits, 128 of values.</summary>
    public static void Five(ref byte block, ref float values)
    {
        for (int part = 0; part < 8; part++)
        {
            var (scale, minimum) = ScaleAndMinimum(ref block, part);
            var bit = Vector128.Create((byte)(1 << part));
            for (int half = 0; half < 2; half++)
            {
                var bytes = Bytes(ref block, 48 + (32 * (part / 2)) + (16 * half));
                var fifth = Vector128.Equals(Bytes(ref block, 16 + (16 * half)) & bit, bit) & Vector128.Create((byte)16);
                var quantised = (part % 2 == 0 ? Low(bytes) : High(bytes)) | fifth;
                Store(quantised.AsSByte(), scale, minimum, ref values, (32 * part) + (16 * half));
            }
        }
    }

    /// <summary>Six bits: 128 bytes of lower bits, 64 of upper ones, 16 scales, the factor.</summary>
    public static void Six(ref byte block, ref float values)
    {
        float factor = Half(ref block, 208);
        for (int part = 0; part < 16; part++)
        {
            var (run, plane, half) = (part / 8, part / 2 % 4, part % 2);
            var low = Bytes(ref block, (64 * run) + (32 * (plane % 2)) + (16 * half));
            var high = (Bytes(ref block, 128 + (32 * run) + (16 * half)) >>> (2 * plane)) & Vector128.Create((byte)3);
            var quantised = (plane < 2 ? Low(low) : High(low)) | (high << 4);
            float scale = factor * (sbyte)Unsafe.Add(ref block, 192 + part);
            Store(quantised.AsSByte() - Vector128.Create((sbyte)32), scale, ref values, 16 * part);
        }
    }

    // Six bits each of scale and minimum, the upper two bits of the last four parts in the bytes of the first four.
    private static (float Scale, float Minimum) ScaleAndMinimum(ref byte block, int part)
    {
        int At(ref byte block, int index) => Unsafe.Add(ref block, 4 + index);
        int scale = part < 4 ? At(ref block, part) & 63 : (At(ref block, part + 4) & 0xF) | ((At(ref block, part - 4) >> 6) << 4);
        int minimum = part < 4 ? At(ref block, part + 4) & 63 : (At(ref block, part + 4) >> 4) | ((At(ref block, part) >> 6) << 4);
        return (Half(ref block, 0) * scale, Half(ref block, 2) * minimum);
    }
}
