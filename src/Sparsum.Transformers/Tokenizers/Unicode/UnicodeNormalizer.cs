using System.Globalization;
using System.Text;

namespace Sparsum.Transformers.Tokenizers.Unicode;

/// <summary>Unicode normalisation forms C and D (Unicode Standard Annex 15), independent of the operating system.</summary>
internal static class UnicodeNormalizer
{
    private const int HangulSyllables = 0xAC00;
    private const int HangulLeads = 0x1100;
    private const int HangulVowels = 0x1161;
    private const int HangulTrails = 0x11A7;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int SyllableCount = 19 * VowelCount * TrailCount;

    private static readonly Lazy<Tables> _tables = new(Read);

    /// <summary>Form C: characters and their marks put together.</summary>
    public static string Compose(string text)
    {
        // Nothing below U+0300 changes under form C.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF'))
        {
            return text;
        }

        var codes = DecomposeToCodes(text);
        ComposeCodes(codes);
        return ToText(codes);
    }

    /// <summary>Form D: characters and their marks taken apart.</summary>
    public static string Decompose(string text) =>
        text.AsSpan().ContainsAnyExceptInRange('\0', '\u00BF') ? ToText(DecomposeToCodes(text)) : text;

    private static List<int> DecomposeToCodes(string text)
    {
        var codes = new List<int>(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, codes);
        }

        Reorder(codes);
        return codes;
    }

    private static void Decompose(int code, List<int> codes)
    {
        int syllable = code - HangulSyllables;
        if ((uint)syllable < SyllableCount)
        {
            codes.Add(HangulLeads + (syllable / (VowelCount * TrailCount)));
            codes.Add(HangulVowels + (syllable / TrailCount % VowelCount));
            if (syllable % TrailCount > 0)
            {
                codes.Add(HangulTrails + (syllable % TrailCount));
            }
        }
        else if (_tables.Value.Decompositions.TryGetValue(code, out var pair))
        {
            Decompose(pair.First, codes);
            if (pair.Second > 0)
            {
                codes.Add(pair.Second);
            }
        }
        else
        {
            codes.Add(code);
        }
    }

    // Canonical order: within a run of marks, by class, marks of one class as they were.
    private static void Reorder(List<int> codes)
    {
        for (int start = 0; start < codes.Count;)
        {
            int end = start;
            while (end < codes.Count && ClassOf(codes[end]) > 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                int[] sorted = [.. codes[start..end].OrderBy(ClassOf)];
                for (int i = 0; i < sorted.Length; i++)
                {
                    codes[start + i] = sorted[i];
                }
            }

            start = end + 1;
        }
    }

    private static void ComposeCodes(List<int> codes)
    {
        int starter = -1;
        int lastClass = 0;
        int kept = 0;
        for (int i = 0; i < codes.Count; i++)
        {
            int code = codes[i];
            int combining = ClassOf(code);
            bool blocked = kept - starter > 1 && (lastClass == 0 || lastClass >= combining);
            if (starter >= 0 && !blocked && TryCompose(codes[starter], code, out int composed))
            {
                codes[starter] = composed;
                continue;
            }

            if (combining == 0)
            {
                starter = kept;
            }

            lastClass = combining;
            codes[kept++] = code;
        }

        codes.RemoveRange(kept, codes.Count - kept);
    }

    private static bool TryCompose(int first, int second, out int composed)
    {
        int lead = first - HangulLeads;
        int vowel = second - HangulVowels;
        if ((uint)lead < 19 && (uint)vowel < VowelCount)
        {
            composed = HangulSyllables + (((lead * VowelCount) + vowel) * TrailCount);
            return true;
        }

        int syllable = first - HangulSyllables;
        int trail = second - HangulTrails;
        if ((uint)syllable < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            composed = first + trail;
            return true;
        }

        return _tables.Value.Compositions.TryGetValue((first, second), out composed);
    }

    private static int ClassOf(int code) => code < 0x300 ? 0 : _tables.Value.Classes.GetValueOrDefault(code);

    private static string ToText(List<int> codes)
    {
        var text = new StringBuilder(codes.Count);
        foreach (int code in codes)
        {
            text.Append(new Rune(code).ToString());
        }

        return text.ToString();
    }

    private static Tables Read()
    {
        var tables = new Tables([], [], []);
        foreach (var (left, right) in Entries(UnicodeData.Decompositions))
        {
            string[] parts = right.TrimEnd('!').Split('+');
            var pair = (Hex(parts[0]), parts.Length > 1 ? Hex(parts[1]) : 0);
            tables.Decompositions.Add(Hex(left), pair);
            if (parts.Length > 1 && !right.EndsWith('!'))
            {
                tables.Compositions.Add(pair, Hex(left));
            }
        }

        foreach (var (left, right) in Entries(UnicodeData.CombiningClasses))
        {
            string[] ends = left.Split('-');
            for (int code = Hex(ends[0]); code <= Hex(ends[^1]); code++)
            {
                tables.Classes.Add(code, byte.Parse(right, CultureInfo.InvariantCulture));
            }
        }

        return tables;
    }

    private static IEnumerable<(string Left, string Right)> Entries(ReadOnlySpan<byte> table) =>
        Encoding.ASCII.GetString(table)
            .Split([';', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
            .Select(entry => entry.Split('='))
            .Select(sides => (sides[0], sides[1]));

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private sealed record Tables(
        Dictionary<int, (int First, int Second)> Decompositions,
        Dictionary<(int First, int Second), int> Compositions,
        Dictionary<int, byte> Classes);
}
