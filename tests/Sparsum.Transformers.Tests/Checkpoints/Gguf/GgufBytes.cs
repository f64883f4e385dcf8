using System.Text;

namespace Sparsum.Transformers.Tests.Checkpoints.Gguf;

/// <summary>Puts a GGUF file together by hand, right or wrong.</summary>
internal sealed class GgufBytes
{
    private readonly MemoryStream values = new();
    private readonly MemoryStream tensors = new();
    private ulong valueCount;
    private ulong tensorCount;

    public byte[] Magic { get; init; } = "GGUF"u8.ToArray();

    public uint Version { get; init; } = 3;

    /// <summary>What the file says it has, where that is not what it has.</summary>
    public ulong? ValueCount { get; init; }

    /// <inheritdoc cref="ValueCount"/>
    public ulong? TensorCount { get; init; }

    public int DataBytes { get; init; } = 256;

    /// <summary>A small file without fault.</summary>
    public static GgufBytes Sound() => new GgufBytes()
        .Value("general.architecture", 8, Text("llama"))
        .Value("llama.block_count", 4, Number(1u))
        .Value("list", 9, [.. Number(8u), .. Number(2ul), .. Text("a"), .. Text("b")])
        .Tensor("first", [32, 2], type: 8, offset: 0)
        .Tensor("second", [4], type: 0, offset: 96);

    public static byte[] Number(uint value) => BitConverter.GetBytes(value);

    public static byte[] Number(ulong value) => BitConverter.GetBytes(value);

    public static byte[] Text(string text) => [.. Number((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];

    public GgufBytes Value(string key, uint type, byte[] value) => Value(Text(key), type, value);

    public GgufBytes Value(byte[] key, uint type, byte[] value)
    {
        values.Write([.. key, .. Number(type), .. value]);
        valueCount++;
        return this;
    }

    public GgufBytes Tensor(string name, ulong[] sizes, uint type, ulong offset) => Tensor(Text(name), (uint)sizes.Length, sizes, type, offset);

    public GgufBytes Tensor(byte[] name, uint rank, ulong[] sizes, uint type, ulong offset)
    {
        tensors.Write([.. name, .. Number(rank), .. sizes.SelectMany(Number), .. Number(type), .. Number(offset)]);
        tensorCount++;
        return this;
    }

    public byte[] ToArray()
    {
        byte[] header =
        [
            .. Magic, .. Number(Version), .. Number(TensorCount ?? tensorCount), .. Number(ValueCount ?? valueCount),
            .. values.ToArray(), .. tensors.ToArray(),
        ];
        return [.. header, .. new byte[(32 - (header.Length % 32)) % 32], .. new byte[DataBytes]];
    }
}
