using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>The last elements of a row, fewer than a vector holds: never a byte beyond them is read or written.</summary>
internal static unsafe class Tail
{
    /// <summary>Reads <paramref name="count"/> floats; the other lanes are <paramref name="fill"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static T Load<T>(float* source, nint count, float fill = 0)
        where T : struct, IVector<T>
    {
        float* lanes = stackalloc float[16];
        for (nint i = 0; i < T.Count; i++)
        {
            lanes[i] = i < count ? source[i] : fill;
        }

        return T.Load(lanes);
    }

    /// <summary>Writes the first <paramref name="count"/> lanes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Store<T>(T value, float* destination, nint count)
        where T : struct, IVector<T>
    {
        float* lanes = stackalloc float[16];
        value.Store(lanes);
        for (nint i = 0; i < count; i++)
        {
            destination[i] = lanes[i];
        }
    }
}
