using System.Runtime.CompilerServices;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>How the numbers of a key or value are held. Kernels widen them as they load them.</summary>
internal unsafe interface IKeyFormat
{
    /// <summary>Whether the numbers of a row are to be multiplied by its factor.</summary>
    static abstract bool HasFactors { get; }

    /// <summary>Reads neighbouring numbers of a row.</summary>
    static abstract T Load<T>(byte* row, nint index)
        where T : struct, IVector<T>;
}

/// <summary>float32.</summary>
internal readonly unsafe struct Float32Keys : IKeyFormat
{
    /// <inheritdoc/>
    public static bool HasFactors => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(byte* row, nint index)
        where T : struct, IVector<T> => T.Load((float*)row + index);
}

/// <summary>bfloat16.</summary>
internal readonly unsafe struct BFloat16Keys : IKeyFormat
{
    /// <inheritdoc/>
    public static bool HasFactors => false;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(byte* row, nint index)
        where T : struct, IVector<T> => T.LoadBFloat16((ushort*)row + index);
}

/// <summary>8-bit integers with a factor for each row.</summary>
internal readonly unsafe struct Int8Keys : IKeyFormat
{
    /// <inheritdoc/>
    public static bool HasFactors => true;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load<T>(byte* row, nint index)
        where T : struct, IVector<T> => T.LoadInt8((sbyte*)row + index);
}
