using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>IEEE binary16, two to a word; finite numbers only.</summary>
internal readonly unsafe struct Float16Format : IWordFormat
{
    /// <inheritdoc/>
    public static float Largest => 65_504;

    /// <inheritdoc/>
    public static uint Encode(float value) => BitConverter.HalfToUInt16Bits((Half)value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(uint* words, int part)
        where T : struct, IVector<T> =>
        part == 0 ? T.LoadLowFloat16(words) : T.LoadHighFloat16(words);
}
