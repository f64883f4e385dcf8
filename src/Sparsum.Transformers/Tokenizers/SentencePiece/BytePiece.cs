using System.Globalization;

namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>The spelling of byte pieces: <c>&lt;0x0A&gt;</c>.</summary>
internal static class BytePiece
{
    /// <summary>The piece of a byte.</summary>
    public static string Format(byte value) => $"<0x{value:X2}>";

    /// <summary>The byte of a piece.</summary>
    public static bool TryParse(string text, out byte value)
    {
        value = 0;
        return text.Length == 6 && text.StartsWith("<0x", StringComparison.Ordinal) && text[5] == '>'
            && byte.TryParse(text.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
