using System.Buffers.Binary;

namespace Sparsum.Tensors.Backends.Cpu.MachineCode;

/// <summary>
/// Writes the few instructions that products of bytes need: on registers of 512 bits in their EVEX encoding, and on the registers that point to
/// operands.
/// </summary>
/// <remarks>Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, sections 2.2 and 2.7.</remarks>
internal sealed class Assembler
{
    private const int VectorBytes = 64;
    private const int WordBytes = 4;

    private readonly List<byte> code = [];

    /// <summary>Bytes so far.</summary>
    public int Length => code.Count;

    /// <summary>All of it.</summary>
    public byte[] ToArray() => [.. code];

    /// <summary><c>vmovdqu32 target, [memory]</c>.</summary>
    public void Load(int target, MemoryOperand memory) => Write(0x6F, Map.Short, Prefix.RepeatF3, target, 0, memory, VectorBytes);

    /// <summary><c>vmovdqu32 [memory], source</c>.</summary>
    public void Store(MemoryOperand memory, int source) => Write(0x7F, Map.Short, Prefix.RepeatF3, source, 0, memory, VectorBytes);

    /// <summary><c>vpbroadcastd target, [memory]</c>: a word in every lane.</summary>
    public void Broadcast(int target, MemoryOperand memory) => Write(0x58, Map.Long, Prefix.Operand66, target, 0, memory, WordBytes);

    /// <summary><c>vpdpbusd sums, unsigned, signed</c>: adds four products of bytes to each lane.</summary>
    public void AddProducts(int sums, int unsigned, int signed) => Write(0x50, Map.Long, Prefix.Operand66, sums, unsigned, signed);

    /// <summary><c>vcvtdq2ps target, source</c>: integers as floats.</summary>
    public void ToFloats(int target, int source) => Write(0x5B, Map.Short, Prefix.None, target, 0, source);

    /// <summary><c>vmulps target, left, right</c>.</summary>
    public void Multiply(int target, int left, int right) => Write(0x59, Map.Short, Prefix.None, target, left, right);

    /// <summary><c>vfmadd231ps sum, left, right</c>: <c>sum += left * right</c>, rounded once.</summary>
    public void MultiplyAdd(int sum, int left, int right) => Write(0xB8, Map.Long, Prefix.Operand66, sum, left, right);

    /// <summary><c>vpxord target, target, target</c>.</summary>
    public void Clear(int target) => Write(0xEF, Map.Short, Prefix.Operand66, target, target, target);

    /// <summary><c>vpexpandb target{k1}{z}, source</c>: the first bytes, each to the next place that has a bit in k1; zeros elsewhere.</summary>
    public void Expand(int target, int source)
    {
        const int ZeroedByFirstMask = 0x81;
        Write(0x62, Map.Long, Prefix.Operand66, target, 0, source);
        code[^3] |= ZeroedByFirstMask;
    }

    /// <summary><c>kmovq k1, [memory]</c>, without an index or displacement.</summary>
    public void LoadMask(GeneralRegister memory) => Append(0xC4, 0xE1, 0xF8, 0x90, Modrm(0, 1, (int)memory));

    /// <summary><c>popcnt target, [memory]</c>, without an index or displacement.</summary>
    public void CountBits(GeneralRegister target, GeneralRegister memory) => Append(0xF3, Rex(target, 0, memory), 0x0F, 0xB8, Modrm(0, (int)target, (int)memory));

    /// <summary><c>add target, source</c>.</summary>
    public void Add(GeneralRegister target, GeneralRegister source) => Append(Rex(source, 0, target), 0x01, Modrm(0xC0, (int)source, (int)target));

    /// <summary><c>mov target, [memory]</c>, without an index.</summary>
    public void Load(GeneralRegister target, MemoryOperand memory) =>
        Append(Rex(target, 0, memory.Base), 0x8B, Modrm(0x40, (int)target, (int)memory.Base), checked((byte)memory.Displacement));

    /// <summary><c>lea target, [@base + 2 * index]; add target, index</c>.</summary>
    public void AddThrice(GeneralRegister target, GeneralRegister @base, GeneralRegister index)
    {
        const int BySib = 4;
        Append(Rex(target, index, @base), 0x8D, Modrm(0, (int)target, BySib), Modrm(0x40, (int)index, (int)@base));
        Add(target, index);
    }

    /// <summary><c>add target, value</c>.</summary>
    public void Add(GeneralRegister target, int value)
    {
        Append(Rex(0, 0, target), 0x81, Modrm(0xC0, 0, (int)target));
        AppendWord(value);
    }

    /// <summary><c>dec counter; jnz label</c>, where the label is an earlier <see cref="Length"/>.</summary>
    public void Repeat(GeneralRegister counter, int label)
    {
        Append(Rex(0, 0, counter), 0xFF, Modrm(0xC0, 1, (int)counter), 0x0F, 0x85);
        AppendWord(label - (Length + sizeof(int)));
    }

    /// <summary>The same for a counter in memory, without an index.</summary>
    public void Repeat(MemoryOperand counter, int label)
    {
        Append(Rex(0, 0, counter.Base), 0xFF, Modrm(0x40, 1, (int)counter.Base), checked((byte)counter.Displacement), 0x0F, 0x85);
        AppendWord(label - (Length + sizeof(int)));
    }

    /// <summary><c>prefetcht0 [memory]</c>, without an index.</summary>
    public void Prefetch(MemoryOperand memory)
    {
        Append(Rex(0, 0, memory.Base), 0x0F, 0x18, Modrm(0x80, 1, (int)memory.Base));
        AppendWord(memory.Displacement);
    }

    /// <summary><c>vzeroupper; ret</c>.</summary>
    public void Return() => Append(0xC5, 0xF8, 0x77, 0xC3);

    private static byte Rex(GeneralRegister register, GeneralRegister index, GeneralRegister @base) =>
        (byte)(0x48 | ((int)register >> 3 << 2) | ((int)index >> 3 << 1) | ((int)@base >> 3));

    /// <summary>A mode or scale in the two highest bits, and the lower three bits of two registers.</summary>
    private static byte Modrm(int mode, int register, int other) => (byte)(mode | ((register & 7) << 3) | (other & 7));

    private void Append(params ReadOnlySpan<byte> bytes) => code.AddRange(bytes);

    private void AppendWord(int word)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, word);
        code.AddRange(bytes);
    }

    private void Write(byte operation, Map map, Prefix prefix, int register, int second, int third)
    {
        WritePrefix(map, prefix, register, second, third >> 3, third >> 4);
        Append(operation, Modrm(0xC0, register, third));
    }

    private void Write(byte operation, Map map, Prefix prefix, int register, int second, MemoryOperand memory, int granule)
    {
        WritePrefix(map, prefix, register, second, (int)memory.Base >> 3, memory.Index is { } index ? (int)index >> 3 : 0);

        // An address by base, index and a displacement of one byte, which counts in units of what is read.
        const int BySib = 4;
        const int NoIndex = 4;
        int scale = memory.Scale == 2 ? 0x40 : 0;
        Append(operation, Modrm(0x40, register, BySib), Modrm(scale, memory.Index is { } by ? (int)by : NoIndex, (int)memory.Base));
        Append(checked((byte)(memory.Displacement / granule)));
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
        None = 0,
        Operand66 = 1,
        RepeatF3 = 2,
    }
}
