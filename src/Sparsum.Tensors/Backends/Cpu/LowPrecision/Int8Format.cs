using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Integers from -127 to 127, four to a word; a factor per row is kept elsewhere.</summary>
internal readonly unsafe struct Int8Format : IWordFormat
{
    /// <inheritdoc/>
    public static int Parts => 4;

    /// <inheritdoc/>
    public static float Largest => 127;

    /// <inheritdoc/>
    public static uint Encode(float value) => (byte)(sbyte)MathF.Round(value, MidpointRounding.ToEven);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(uint* words, int part)
        where T : struct, IVector<T> =>
        T.LoadInt8(words, part);
}
