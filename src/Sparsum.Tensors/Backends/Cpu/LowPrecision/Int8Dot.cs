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
    /// <summary>Eight sums of four products with the best 256-bit instructions of the machine, which has AVX2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Quads(Vector256<sbyte> weights, Vector256<sbyte> inputs) =>
        AvxVnni.IsSupported ? QuadsVnni(weights, inputs) : QuadsAvx2(weights, inputs);

    /// <summary>Four sums of four products with the best 128-bit instructions of the machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Quads(Vector128<sbyte> weights, Vector128<sbyte> inputs) =>
        Dp.IsSupported ? Dp.DotProduct(Vector128<int>.Zero, weights, inputs) : QuadsPortable(weights, inputs);

    /// <summary>By <c>vpdpbusd</c>: magnitudes of weights times inputs with the weights' signs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> QuadsVnni(Vector256<sbyte> weights, Vector256<sbyte> inputs) =>
        AvxVnni.MultiplyWideningAndAdd(Vector256<int>.Zero, Avx2.Abs(weights), Avx2.Sign(inputs, weights));

    /// <summary>By <c>vpmaddubsw</c> and <c>vpmaddwd</c>. Two products are at most 2 * 128 * 127 in magnitude, which 16 bits hold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<int> QuadsAvx2(Vector256<sbyte> weights, Vector256<sbyte> inputs) =>
        Avx2.MultiplyAddAdjacent(
            Avx2.MultiplyAddAdjacent(Avx2.Abs(weights), Avx2.Sign(inputs, weights)), Vector256.Create((short)1));

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
