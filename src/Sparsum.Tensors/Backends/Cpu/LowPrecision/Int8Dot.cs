using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// Products of signed bytes, summed in integers over groups of four neighbours: exact on every instruction set. Weights may be any bytes;
/// inputs must not be -128, since some sets give the input the sign of the weight.
/// </summary>
internal static class Int8Dot
{
    /// <summary>Four sums of four products with the best 128-bit instructions of the machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Quads(Vector128<sbyte> weights, Vector128<sbyte> inputs) =>
        Dp.IsSupported ? Dp.DotProduct(Vector128<int>.Zero, weights, inputs)
        : Ssse3.IsSupported ? QuadsSsse3(weights, inputs)
        : QuadsPortable(weights, inputs);

    /// <summary>
    /// By <c>vpdpbusd</c>, which reads one side as unsigned: weights plus 128. So sums start at minus 128 times the sum of the four inputs, which
    /// <see cref="StartsVnni"/> gives.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> QuadsVnni(Vector256<sbyte> weights, Vector256<sbyte> inputs, Vector256<int> starts) =>
        AvxVnni.MultiplyWideningAndAdd(starts, weights.AsByte() ^ Vector256.Create((byte)128), inputs);

    /// <summary>What sums start at for inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> StartsVnni(Vector256<sbyte> inputs) =>
        Vector256<int>.Zero - AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, Vector256.Create((byte)128), inputs);

    /// <summary>By <c>vpmaddubsw</c> and <c>vpmaddwd</c>. Two products are at most 2 * 128 * 127 in magnitude, which 16 bits hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> QuadsAvx2(Vector256<sbyte> weights, Vector256<sbyte> inputs) =>
        Avx2.MultiplyAddAdjacent(
            Avx2.MultiplyAddAdjacent(Avx2.Abs(weights), Avx2.Sign(inputs, weights)), Vector256.Create((short)1));

    /// <summary>The same with 512-bit vectors, where signs go by a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<int> QuadsAvx512(Vector512<sbyte> weights, Vector512<sbyte> inputs) => Avx512BW.MultiplyAddAdjacent(
        Avx512BW.MultiplyAddAdjacent(
            Avx512BW.Abs(weights),
            Vector512.ConditionalSelect(Vector512.LessThan(weights, Vector512<sbyte>.Zero), Vector512<sbyte>.Zero - inputs, inputs)),
        Vector512.Create((short)1));

    /// <summary>The same with 128-bit vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<int> QuadsSsse3(Vector128<sbyte> weights, Vector128<sbyte> inputs) =>
        Sse2.MultiplyAddAdjacent(
            Ssse3.MultiplyAddAdjacent(Ssse3.Abs(weights), Ssse3.Sign(inputs, weights)), Vector128.Create((short)1));

    /// <summary>By 16-bit products that are added in pairs, twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<int> QuadsPortable(Vector128<sbyte> weights, Vector128<sbyte> inputs)
    {
        var (weightsLow, weightsHigh) = Vector128.Widen(weights);
        var (inputsLow, inputsHigh) = Vector128.Widen(inputs);
        var low = Pairs(weightsLow * inputsLow);
        var high = Pairs(weightsHigh * inputsHigh);
        return Vector128.Shuffle(low, Vector128.Create(0, 2, 4, 4)) + Vector128.Shuffle(low, Vector128.Create(1, 3, 4, 4))
            + Vector128.Shuffle(high, Vector128.Create(4, 4, 0, 2)) + Vector128.Shuffle(high, Vector128.Create(4, 4, 1, 3));

        static Vector128<int> Pairs(Vector128<short> products)
        {
            var words = products.AsInt32();
            return Vector128.ShiftRightArithmetic(Vector128.ShiftLeft(words, 16), 16) + Vector128.ShiftRightArithmetic(words, 16);
        }
    }
}
