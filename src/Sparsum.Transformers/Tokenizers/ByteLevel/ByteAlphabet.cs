using System.Text;

namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>
/// The printable stand-ins of bytes in byte-level vocabularies (Radford et al. 2019): printable Latin-1 characters stand for themselves,
/// the other 68 bytes for U+0100 onwards in order.
/// </summary>
internal static class ByteAlphabet
{
    private static readonly char[] _characters = MakeCharacters();
    private static readonly Dictionary<char, byte> _bytes =
        _characters.Select((character, value) => (character, value)).ToDictionary(entry => entry.character, entry => (byte)entry.value);

    /// <summary>The stand-in of a byte.</summary>
    public static char CharacterOf(byte value) => _characters[value];

    /// <summary>The bytes a token stands for; a token with other characters, such as an added one, for its own UTF-8.</summary>
    public static byte[] BytesOf(string token)
    {
        byte[] bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            if (!_bytes.TryGetValue(token[i], out bytes[i]))
            {
                return Encoding.UTF8.GetBytes(token);
            }
        }

        return bytes;
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        char next = '\u0100';
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = printable ? (char)value : next++;
        }

        return characters;
    }
}
