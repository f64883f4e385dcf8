using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>Packs pickles and storages as <c>torch.save</c> does, in its two formats.</summary>
internal static class TorchBytes
{
    private static readonly byte[] LegacyMagic =
        [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    public static byte[] Zip(byte[] pickle, CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add("archive/data.pkl", pickle);
            foreach (var (name, bytes) in entries)
            {
                Add("archive/" + name, bytes);
            }

            void Add(string name, byte[] bytes)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }

    public static byte[] Legacy(byte[] pickle, bool isLittleEndian, params (string Key, long Count, byte[] Bytes)[] storages)
    {
        var stream = new MemoryStream();
        stream.Write(LegacyMagic);
        stream.Write(new PickleBuilder().Op((byte)'M', 0xE9, 0x03).ToArray());
        stream.Write(new PickleBuilder()
            .Dictionary(pair => pair.Text("little_endian").Op(isLittleEndian ? (byte)0x88 : (byte)0x89)).ToArray());
        stream.Write(pickle);
        var keys = new PickleBuilder().Op(']').Op('(');
        foreach (var (key, _, _) in storages)
        {
            keys.Text(key);
        }

        stream.Write(keys.Op('e').ToArray());
        foreach (var (_, count, bytes) in storages)
        {
            stream.Write(BitConverter.GetBytes(count));
            stream.Write(bytes);
        }

        return stream.ToArray();
    }

    public static byte[] Floats(params float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
