using System.Buffers.Binary;

namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>
/// The compiled normalisation rules of a SentencePiece model: the size of a double-array trie in bytes (unsigned, 32 bits), the trie, and
/// the replacements, each ended by a zero byte (Yata's Darts-clone layout). All access is bounds-checked: the bytes come from outside.
/// </summary>
internal sealed class CharacterMap
{
    // Real rules have a few characters; a trie that was tampered with may go in circles.
    private const int LongestRule = 256;

    private readonly uint[] _units;
    private readonly ReadOnlyMemory<byte> _replacements;

    private CharacterMap(uint[] units, ReadOnlyMemory<byte> replacements) => (_units, _replacements) = (units, replacements);

    /// <summary>Reads the rules; null where there are none.</summary>
    /// <exception cref="TokenizerException">The sizes contradict each other.</exception>
    public static CharacterMap? Read(ReadOnlyMemory<byte> bytes, string? file = null)
    {
        if (bytes.IsEmpty)
        {
            return null;
        }

        uint size = bytes.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span);
        if (size < 4 || size % 4 != 0 || size > bytes.Length - 4)
        {
            throw TokenizerException.Malformed(file, "The compiled normalisation rules are damaged.");
        }

        var units = new uint[size / 4];
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Span[(4 + (4 * i))..]);
        }

        return new CharacterMap(units, bytes[(4 + (int)size)..]);
    }

    /// <summary>The replacement of the longest prefix of <paramref name="text"/> that has one, or of the shortest.</summary>
    /// <returns>The number of bytes replaced, 0 if no rule applies.</returns>
    public int Match(ReadOnlySpan<byte> text, out ReadOnlySpan<byte> replacement, bool takesShortest = false)
    {
        int length = 0;
        int value = 0;
        uint node = Offset(_units[0]);
        for (int i = 0; i < Math.Min(text.Length, LongestRule); i++)
        {
            node ^= text[i];
            if (node >= _units.Length || (_units[node] & 0x800000FF) != text[i])
            {
                break;
            }

            bool hasValue = (_units[node] >> 8 & 1) == 1;
            node ^= Offset(_units[node]);
            if (hasValue && node < _units.Length)
            {
                (length, value) = (i + 1, (int)(_units[node] & 0x7FFFFFFF));
                if (takesShortest)
                {
                    break;
                }
            }
        }

        replacement = default;
        if (length == 0 || value >= _replacements.Length)
        {
            return 0;
        }

        replacement = _replacements.Span[value..];
        int end = replacement.IndexOf((byte)0);
        replacement = end < 0 ? replacement : replacement[..end];
        return length;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & (1u << 9)) >> 6);
}
