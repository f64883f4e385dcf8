namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Lanes of <see cref="IInt8Lanes{TSelf, TFloats}"/> whose bytes can come from anywhere in a window of 16.</summary>
internal unsafe interface IWindowLanes<TSelf>
    where TSelf : struct
{
    /// <summary>The lower halves of bytes, or the upper ones.</summary>
    static abstract TSelf Halves(TSelf bytes, bool upper);

    /// <summary>The bytes at places of a window, one place in every byte.</summary>
    static abstract TSelf Pick(byte* window, TSelf places);
}
