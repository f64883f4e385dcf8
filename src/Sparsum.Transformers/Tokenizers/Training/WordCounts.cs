using System.Runtime.InteropServices;
using Sparsum.Core;

namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>How often each word occurs: all that learning needs of a text, since joins never cross words.</summary>
internal sealed class WordCounts
{
    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);

    /// <summary>The words, sorted so that the order of the texts leaves no trace.</summary>
    public IEnumerable<KeyValuePair<string, long>> Sorted => counts.OrderBy(entry => entry.Key, StringComparer.Ordinal);

    /// <summary>Counts one more of a word.</summary>
    public void Add(ReadOnlySpan<char> word) =>
        CollectionsMarshal.GetValueRefOrAddDefault(counts.GetAlternateLookup<ReadOnlySpan<char>>(), word, out _)++;

    /// <summary>Checks that there is anything to learn from.</summary>
    /// <exception cref="InvalidInputException">There is no word.</exception>
    public void RequireAny()
    {
        if (counts.Count == 0)
        {
            throw new InvalidInputException("no-words", "There is no word to learn a vocabulary from.")
            {
                Expected = "text with at least one word",
                Hint = "Give a text file that is not empty.",
            };
        }
    }
}
