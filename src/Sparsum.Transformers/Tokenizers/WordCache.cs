using System.Collections.Concurrent;

namespace Sparsum.Transformers.Tokenizers;

/// <summary>Remembers the ids of short stretches of text. Bounded, safe for many threads, and without influence on any result.</summary>
internal sealed class WordCache
{
    private const int LongestWord = 48;
    private const int MostWords = 1 << 16;

    private readonly ConcurrentDictionary<string, int[]> _words = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>The remembered ids.</summary>
    public bool TryGet(ReadOnlySpan<char> word, out int[] ids)
    {
        ids = [];
        return word.Length <= LongestWord
            && _words.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out ids!);
    }

    /// <summary>Remembers the ids of a word unless it is long or the cache is full.</summary>
    public void Add(ReadOnlySpan<char> word, ReadOnlySpan<int> ids)
    {
        if (word.Length <= LongestWord && Volatile.Read(ref _count) < MostWords && _words.TryAdd(word.ToString(), ids.ToArray()))
        {
            Interlocked.Increment(ref _count);
        }
    }
}
