using System.Text;
using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>
/// Puts a text into the form the pieces are written in: replacements of the character map, one space in front, no superfluous spaces, and
/// U+2581 for spaces, as far as the model asks for each.
/// </summary>
internal sealed class SentencePieceNormalizer(SentencePieceModel model, CharacterMap? map, PieceTrie userDefined)
{
    private readonly char _space = model.EscapeSpaces ? SentencePieceModel.SpaceSymbol : ' ';

    /// <summary>The normalised text.</summary>
    public string Normalize(string text)
    {
        if (text.Length == 0)
        {
            return text;
        }

        bool prefix = model.AddDummyPrefix && !model.SpaceIsSuffix;
        if (map is null && !model.RemoveExtraSpaces && (!model.AddDummyPrefix || prefix))
        {
            // User-defined pieces are written with the space symbol, so that replacing spaces inside them changes nothing.
            text = text.Replace(' ', _space);
            return prefix ? _space + text : text;
        }

        var result = Rewrite(text, prefix);
        if (model.RemoveExtraSpaces)
        {
            int length = result.Length;
            while (length > 0 && result[length - 1] == _space)
            {
                length--;
            }

            result.Length = length;
        }

        if (model.AddDummyPrefix && !prefix && result.Length > 0)
        {
            result.Append(_space);
        }

        return result.ToString();
    }

    private StringBuilder Rewrite(string text, bool prefix)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var result = new StringBuilder(text.Length + 16);
        bool afterSpace = model.RemoveExtraSpaces;
        // Where superfluous spaces go, a text that comes to nothing gets no prefix either.
        bool pendingPrefix = prefix && model.RemoveExtraSpaces;
        if (prefix && !pendingPrefix)
        {
            result.Append(_space);
        }

        int at = 0;
        for (int i = 0; i < text.Length;)
        {
            var replacement = Next(text.AsSpan(i), bytes.AsSpan(at), out int characters, out int consumed);
            (i, at) = (i + characters, at + consumed);
            if (afterSpace)
            {
                replacement = replacement.TrimStart(' ');
            }

            if (!replacement.IsEmpty)
            {
                if (pendingPrefix)
                {
                    result.Append(_space);
                    pendingPrefix = false;
                }

                foreach (char c in replacement)
                {
                    result.Append(c == ' ' ? _space : c);
                }

                afterSpace = model.RemoveExtraSpaces && replacement[^1] == ' ';
            }
        }

        return result;
    }

    // The replacement of the next characters, and how many UTF-16 units and UTF-8 bytes it stands for.
    private ReadOnlySpan<char> Next(ReadOnlySpan<char> text, ReadOnlySpan<byte> bytes, out int characters, out int consumed)
    {
        characters = userDefined.IsEmpty ? 0 : userDefined.LongestMatch(text, out _);
        if (characters > 0)
        {
            consumed = Encoding.UTF8.GetByteCount(text[..characters]);
            return text[..characters];
        }

        ReadOnlySpan<byte> replacement = default;
        consumed = map?.Match(bytes, out replacement) ?? 0;
        if (consumed > 0)
        {
            characters = Encoding.UTF8.GetCharCount(bytes[..consumed]);
            return Encoding.UTF8.GetString(replacement);
        }

        int codePoint = UnicodeText.CodePointAt(text, out characters);
        consumed = codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
        return codePoint == 0xFFFD ? "\uFFFD" : text[..characters];
    }
}
