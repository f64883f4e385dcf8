namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>Lanes of <see cref="IInt8Lanes{TSelf, TFloats}"/> whose bytes can come from anywhere in a window of 16.</summary>
internal unsafe interface IWindowLanes<TSelf>
    where TSelf : struct
{
    /// <summary>Where in a window each byte is.</summary>
    /// <param name="places">The places of a step of <see cref="NonzeroWindows"/>.</param>
    /// <param name="firstRow">The row of the first lane.</param>
    static abstract TSelf Places(byte* places, int firstRow);

    /// <summary>The bytes at places of a window.</summary>
    static abstract TSelf Pick(byte* window, TSelf places);
}
