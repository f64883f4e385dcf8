namespace Sparsum.Tensors.Backends.Cpu.MachineCode;

/// <summary>Writes the few instructions on registers of 512 bits that <see cref="ByteDotCode"/> needs, in their EVEX encoding.</summary>
/// <remarks>Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, section 2.7.</remarks>
internal sealed class EvexAssembler
{
    private const int VectorBytes = 64;
    private const int WordBytes = 4;

    private readonly List<byte> code = [];

    /// <summary>Bytes so far.</summary>
    public int Length => code.Count;

    /// <summary>All of it.</summary>
    public byte[] ToArray() => [.. code];

    /// <summary>Instructions that have no method here, as they are.</summary>
    public void Append(params ReadOnlySpan<byte> bytes) => code.AddRange(bytes);

    /// <summary><c>vmovdqu32 target, [memory]</c>.</summary>
    public void Load(int target, MemoryOperand memory) => Write(0x6F, Map.Short, Prefix.RepeatF3, target, 0, memory, VectorBytes);

    /// <summary><c>vmovdqu32 [memory], source</c>.</summary>
    public void Store(MemoryOperand memory, int source) => Write(0x7F, Map.Short, Prefix.RepeatF3, source, 0, memory, VectorBytes);

    /// <summary><c>vpbroadcastd target, [memory]</c>: a word in every lane.</summary>
    public void Broadcast(int target, MemoryOperand memory) => Write(0x58, Map.Long, Prefix.Operand66, target, 0, memory, WordBytes);

    /// <summary><c>vpdpbusd sums, unsigned, signed</c>: adds four products of bytes to each lane.</summary>
    public void AddProducts(int sums, int unsigned, int signed)
    {
        WritePrefix(Map.Long, Prefix.Operand66, sums, unsigned, (signed >> 3) & 1, signed >> 4);
        code.Add(0x50);
        code.Add((byte)(0xC0 | ((sums & 7) << 3) | (signed & 7)));
    }

    private void Write(byte operation, Map map, Prefix prefix, int register, int second, MemoryOperand memory, int granule)
    {
        WritePrefix(map, prefix, register, second, (int)memory.Base >> 3, memory.Index is { } index ? (int)index >> 3 : 0);
        code.Add(operation);

        // An address by base, index and a displacement of one byte, which counts in units of what is read.
        code.Add((byte)(0x44 | ((register & 7) << 3)));
        const int NoIndex = 4;
        int scale = memory.Scale == 2 ? 1 : 0;
        code.Add((byte)((scale << 6) | ((memory.Index is { } by ? (int)by & 7 : NoIndex) << 3) | ((int)memory.Base & 7)));
        code.Add(checked((byte)(sbyte)(memory.Displacement / granule)));
    }

    private void WritePrefix(Map map, Prefix prefix, int register, int second, int baseHigh, int indexHigh)
    {
        const int Length512 = 2 << 5;
        code.Add(0x62);
        code.Add((byte)(Inverted(register >> 3, 7) | Inverted(indexHigh, 6) | Inverted(baseHigh, 5) | Inverted(register >> 4, 4) | (int)map));
        code.Add((byte)(((~second & 15) << 3) | 4 | (int)prefix));
        code.Add((byte)(Length512 | Inverted(second >> 4, 3)));

        static int Inverted(int bit, int place) => (~bit & 1) << place;
    }

    private enum Map
    {
        Short = 1,
        Long = 2,
    }

    private enum Prefix
    {
        Operand66 = 1,
        RepeatF3 = 2,
    }
}
