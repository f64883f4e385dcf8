using System.Globalization;
using System.Text;

namespace Sparsum.Transformers.Tokenizers.Unicode;

/// <summary>Unicode normalisation form KD (Unicode Standard Annex 15): compatibility characters become what they stand for.</summary>
internal static class UnicodeCompatibility
{
    private static readonly Lazy<Dictionary<int, string>> _table = new(Read);

    /// <summary>Form KD; composed it is form KC.</summary>
    public static string Decompose(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text;
        }

        var result = new StringBuilder(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(_table.Value.TryGetValue(rune.Value, out string? decomposed) ? decomposed : rune.ToString());
        }

        return UnicodeNormalizer.Decompose(result.ToString());
    }

    private static Dictionary<int, string> Read()
    {
        var table = new Dictionary<int, string>();
        string entries = Encoding.ASCII.GetString(UnicodeCompatibilityData.Decompositions);
        foreach (string entry in entries.Split([';', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = entry.Split('=');
            table.Add(Hex(sides[0]), string.Concat(sides[1].Split('+').Select(code => char.ConvertFromUtf32(Hex(code)))));
        }

        return table;
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
