using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;
using Sparsum.Tensors.Backends.Reference;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>bfloat16, two to a word.</summary>
internal readonly unsafe struct BFloat16Format : IWordFormat
{
    /// <inheritdoc/>
    public static float Largest => float.PositiveInfinity;

    /// <inheritdoc/>
    public static uint Encode(float value) => BitConverter.SingleToUInt32Bits(StorageRounding.RoundToBFloat16(value)) >> 16;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(uint* words, int part)
        where T : struct, IVector<T> =>
        part == 0 ? T.LoadLowBFloat16(words) : T.LoadHighBFloat16(words);
}
