using System.Globalization;
using System.Text;

namespace Sparsum.Transformers.Models;

/// <summary>
/// Ascending lists of numbers as a short text: single numbers and ranges with both ends, <c>"0-5, 7, 9-11"</c>. A layer keeps thousands of
/// neurons, mostly in long runs.
/// </summary>
public static class IndexList
{
    /// <summary>More than any layer has features; a longer list is refused before it takes memory.</summary>
    private const int MostNumbers = 1 << 24;

    /// <summary>Writes a list.</summary>
    /// <exception cref="ArgumentException">The numbers do not ascend from 0 or above.</exception>
    public static string Format(IReadOnlyList<int> numbers)
    {
        var text = new StringBuilder();
        for (int start = 0; start < numbers.Count;)
        {
            int end = start + 1;
            while (end < numbers.Count && numbers[end] == numbers[end - 1] + 1)
            {
                end++;
            }

            if (numbers[start] < 0 || (start > 0 && numbers[start] <= numbers[start - 1]))
            {
                throw new ArgumentException("The numbers of a list ascend from 0 or above.", nameof(numbers));
            }

            text.Append(start == 0 ? "" : ", ").Append(CultureInfo.InvariantCulture, $"{numbers[start]}");
            if (end - start > 1)
            {
                text.Append(CultureInfo.InvariantCulture, $"-{numbers[end - 1]}");
            }

            start = end;
        }

        return text.ToString();
    }

    /// <summary>Reads a list.</summary>
    /// <exception cref="FormatException">The text is not one.</exception>
    public static int[] Parse(string text)
    {
        var numbers = new List<int>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            int first = Number(ends[0]);
            int last = ends.Length == 1 ? first : Number(ends[1]);
            if (ends.Length > 2 || last < first || (numbers.Count > 0 && first <= numbers[^1]) || last - first >= MostNumbers - numbers.Count)
            {
                throw Malformed(text);
            }

            numbers.AddRange(Enumerable.Range(first, last - first + 1));
        }

        return [.. numbers];

        int Number(string digits) =>
            int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw Malformed(text);
    }

    private static FormatException Malformed(string text) =>
        new($"'{(text.Length > 60 ? $"{text[..60]}…" : text)}' is no ascending list of numbers and ranges such as \"0-5, 7, 9-11\".");
}
