using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>Piece ids to text by a SentencePiece model.</summary>
internal sealed class SentencePieceDecoder(SentencePieceModel model)
{
    /// <summary>The text of pieces. Control pieces are invisible; bytes that are no valid UTF-8 become U+FFFD one by one.</summary>
    /// <param name="ids">Ids of pieces.</param>
    /// <param name="dropFirstSpace">The first piece loses one leading space symbol before anything else happens.</param>
    public string Decode(ReadOnlySpan<int> ids, bool dropFirstSpace = false)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>();
        bool atStart = true;
        for (int i = 0; i < ids.Length; i++)
        {
            var (piece, _, kind) = model.Pieces[ids[i]];
            if (kind == PieceKind.Byte && BytePiece.TryParse(piece, out byte value))
            {
                bytes.Add(value);
                continue;
            }

            Flush(bytes, text);
            atStart &= text.Length == 0;
            ReadOnlySpan<char> surface = dropFirstSpace && i == 0 ? WithoutSpace(piece) : piece;
            switch (kind)
            {
                case PieceKind.Control:
                    break;
                case PieceKind.Unknown:
                    text.Append(model.UnknownSurface);
                    break;
                default:
                    bool strips = atStart && (model.AddDummyPrefix || model.RemoveExtraSpaces);
                    var kept = strips ? WithoutSpace(surface) : surface;
                    // Where superfluous spaces were removed, all at the start go; otherwise only the one that was put there.
                    atStart &= model.RemoveExtraSpaces || kept.Length == surface.Length;
                    foreach (char c in kept)
                    {
                        text.Append(c == SentencePieceModel.SpaceSymbol ? ' ' : c);
                    }

                    break;
            }
        }

        Flush(bytes, text);
        return text.ToString();
    }

    private static ReadOnlySpan<char> WithoutSpace(ReadOnlySpan<char> piece) =>
        piece.StartsWith(SentencePieceModel.SpaceSymbol) ? piece[1..] : piece;

    private static void Flush(List<byte> bytes, StringBuilder text)
    {
        var rest = CollectionsMarshal.AsSpan(bytes);
        while (!rest.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(rest, out var rune, out int length) == OperationStatus.Done;
            text.Append(valid ? rune.ToString() : "\uFFFD");
            rest = rest[(valid ? length : 1)..];
        }

        bytes.Clear();
    }
}
