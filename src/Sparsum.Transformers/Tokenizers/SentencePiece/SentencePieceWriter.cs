using Google.Protobuf;

namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>Writes the protocol buffer that <see cref="SentencePieceReader"/> reads.</summary>
internal static class SentencePieceWriter
{
    private const int BytePair = 2;

    /// <summary>The bytes of a model without normalisation rules.</summary>
    public static byte[] Write(SentencePieceModel model)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
        {
            foreach (var piece in model.Pieces)
            {
                Message(output, 1, inner =>
                {
                    inner.WriteTag(1, WireFormat.WireType.LengthDelimited);
                    inner.WriteString(piece.Text);
                    inner.WriteTag(2, WireFormat.WireType.Fixed32);
                    inner.WriteFloat(piece.Score);
                    Number(inner, 3, (int)piece.Kind);
                });
            }

            Message(output, 2, inner =>
            {
                Number(inner, 3, model.IsBytePair ? BytePair : 1);
                Number(inner, 4, model.Pieces.Count);
                Number(inner, 24, model.SpaceIsSuffix ? 1 : 0);
                Number(inner, 35, model.ByteFallback ? 1 : 0);
                // Where the roles are: unknown, begin (the first control piece) and end (the second), absent where there is none.
                int[] controls = [.. Enumerable.Range(0, model.Pieces.Count).Where(id => model.Pieces[id].Kind == PieceKind.Control).Take(2)];
                Number(inner, 40, Enumerable.Range(0, model.Pieces.Count).FirstOrDefault(id => model.Pieces[id].Kind == PieceKind.Unknown));
                Number(inner, 41, controls.Length > 0 ? controls[0] : -1);
                Number(inner, 42, controls.Length > 1 ? controls[1] : -1);
            });
            Message(output, 3, inner =>
            {
                inner.WriteTag(1, WireFormat.WireType.LengthDelimited);
                inner.WriteString("identity");
                Number(inner, 3, model.AddDummyPrefix ? 1 : 0);
                Number(inner, 4, model.RemoveExtraSpaces ? 1 : 0);
                Number(inner, 5, model.EscapeSpaces ? 1 : 0);
            });
        }

        return stream.ToArray();
    }

    private static void Number(CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }

    private static void Message(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var inner = new CodedOutputStream(stream, leaveOpen: true))
        {
            write(inner);
        }

        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(stream.GetBuffer(), 0, (int)stream.Length));
    }
}
