using Sparsum.Evaluation.Texts;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>
/// What calibration left of its data, cut short, for a first judgement of what pruning cost. Of documents those that no draw took, the last
/// ones first, each cut to its beginning; of a stream the tokens that no window holds, from the end; of ready ids the rows behind the first.
/// </summary>
internal static class HeldOutText
{
    private const int MostSequences = 64;
    private const int MostTokens = 128;

    /// <summary>Of all sequences together: 16 long ones, or as many short ones as there may be.</summary>
    private const int MostOfAll = 2048;

    private const int FewestTokens = 2;

    /// <summary>Documents that are looked at, so that a file of empty ones does not take long.</summary>
    private const int MostDocuments = 256;

    /// <summary>Of ready ids.</summary>
    public static IReadOnlyList<int[]> OfRows(IReadOnlyList<int[]> rows, int used) => First(rows.Skip(used));

    /// <summary>Of documents.</summary>
    /// <param name="text">The file.</param>
    /// <param name="drawn">The documents that samples come from.</param>
    /// <param name="tokenize">Token ids of a text.</param>
    public static IReadOnlyList<int[]> OfDocuments(TextFile text, IReadOnlySet<int> drawn, Func<string, int[]> tokenize) => First(
        Enumerable.Range(1, text.Documents.Count)
            .Select(place => text.Documents.Count - place)
            .Where(document => !drawn.Contains(document))
            .Take(MostDocuments)
            .Select(document => tokenize(text.Documents[document])));

    /// <summary>Of a string of tokens.</summary>
    /// <param name="tokens">The string.</param>
    /// <param name="offsets">Where windows begin.</param>
    /// <param name="length">Their length.</param>
    public static IReadOnlyList<int[]> OfStream(int[] tokens, IEnumerable<int> offsets, int length)
    {
        var found = new List<int[]>();
        int end = tokens.Length;
        foreach (int offset in offsets.OrderDescending().Append(-length))
        {
            int start = offset + length;
            for (; end - start >= MostTokens && (found.Count + 1) * MostTokens <= MostOfAll; end -= MostTokens)
            {
                found.Add(tokens[(end - MostTokens)..end]);
            }

            end = Math.Min(end, offset);
        }

        return found;
    }

    private static List<int[]> First(IEnumerable<int[]> sequences)
    {
        var found = new List<int[]>();
        int total = 0;
        foreach (int[] ids in sequences.Where(ids => ids.Length >= FewestTokens))
        {
            int length = Math.Min(ids.Length, MostTokens);
            if (found.Count == MostSequences || total + length > MostOfAll)
            {
                break;
            }

            found.Add(ids[..length]);
            total += length;
        }

        return found;
    }
}
