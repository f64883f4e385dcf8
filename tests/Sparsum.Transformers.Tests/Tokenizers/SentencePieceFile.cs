using Google.Protobuf;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>Writes SentencePiece model files for tests.</summary>
internal static class SentencePieceFile
{
    public const int Normal = 1;
    public const int Unknown = 2;
    public const int Control = 3;
    public const int UserDefined = 4;
    public const int Byte = 6;

    /// <summary>A model of the given pieces; BPE unless <paramref name="isUnigram"/>.</summary>
    public static byte[] Write(
        IEnumerable<(string Text, float Score, int Kind)> pieces,
        bool isUnigram = false,
        bool byteFallback = false,
        bool removeExtraSpaces = false)
    {
        return Message(output =>
        {
            foreach (var (text, score, kind) in pieces)
            {
                WriteMessage(output, 1, piece =>
                {
                    piece.WriteTag(1, WireFormat.WireType.LengthDelimited);
                    piece.WriteString(text);
                    piece.WriteTag(2, WireFormat.WireType.Fixed32);
                    piece.WriteFloat(score);
                    WriteNumber(piece, 3, kind);
                });
            }

            WriteMessage(output, 2, trainer =>
            {
                WriteNumber(trainer, 3, isUnigram ? 1 : 2);
                WriteNumber(trainer, 35, byteFallback ? 1 : 0);
            });
            WriteMessage(output, 3, normalizer => WriteNumber(normalizer, 4, removeExtraSpaces ? 1 : 0));
        });
    }

    /// <summary>The 256 byte pieces.</summary>
    public static IEnumerable<(string Text, float Score, int Kind)> Bytes() =>
        Enumerable.Range(0, 256).Select(value => ($"<0x{value:X2}>", 0f, Byte));

    private static void WriteNumber(CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }

    private static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Message(write)));
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var memory = new MemoryStream();
        using var output = new CodedOutputStream(memory);
        write(output);
        output.Flush();
        return memory.ToArray();
    }
}
