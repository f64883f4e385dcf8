using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>
/// A register of 32-bit lanes: sums of products of bytes, or four bytes of a weight's row in each. <see cref="Int8Tile"/> is written once
/// against this interface; sums are exact whatever the instruction set.
/// </summary>
internal unsafe interface IInt8Lanes<TSelf, TFloats>
    where TSelf : struct, IInt8Lanes<TSelf, TFloats>
    where TFloats : struct, IVector<TFloats>
{
    /// <summary>What is added to every input, because the instructions read it as an unsigned byte: 128 or 0.</summary>
    static abstract int InputOffset { get; }

    /// <summary>Reads as many words as there are lanes.</summary>
    static abstract TSelf Load(int* source);

    /// <summary>The same word, four bytes of an input, in every lane.</summary>
    static abstract TSelf Create(int word);

    /// <summary>Adds the four products of bytes that each lane stands for.</summary>
    static abstract TSelf AddQuads(TSelf sums, TSelf weights, TSelf inputs);

    /// <summary>The sum of lanes.</summary>
    static abstract TSelf Add(TSelf left, TSelf right);

    /// <summary>
    /// What sums of a block start at: <see cref="Int8Tile.Start"/> minus the rows' weights times what is added to inputs. The words of the next
    /// four columns lie <paramref name="stride"/> further.
    /// </summary>
    static abstract TSelf Starts(int* quads, int stride);

    /// <summary>Writes the lanes.</summary>
    void Store(int* destination);

    /// <summary>
    /// The sums as floats, exactly, where they started at <see cref="Int8Tile.Start"/>: they are then the lowest bits of a float that is too
    /// large to have a fraction.
    /// </summary>
    static abstract TFloats ToFloats(TSelf sums);
}
