using System.Runtime.InteropServices;

namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>
/// Finds which two neighbours to join next: the pair that occurs most often in the words, each word counted as often as the text has it;
/// among equals the pair with the lower left number, then the lower right one (Sennrich et al. 2016, algorithm 1, with a stated tie rule).
/// Counts are kept up to date join by join, and only words that hold the joined pair are touched.
/// </summary>
internal sealed class PairLearner
{
    private readonly List<int[]> words = [];
    private readonly List<long> wordCounts = [];
    private readonly Dictionary<ulong, Pair> pairs = [];
    private readonly Dictionary<ulong, long> changes = [];
    private readonly PriorityQueue<(ulong Key, long Count), (long Count, ulong Key)> queue = new(MostFrequentFirst.Instance);

    /// <summary>Adds a word before learning begins.</summary>
    public void AddWord(int[] symbols, long count)
    {
        int index = words.Count;
        words.Add(symbols);
        wordCounts.Add(count);
        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            Change(Key(symbols[i], symbols[i + 1]), count, index);
        }
    }

    /// <summary>The best pair that occurs at least so often; null when there is none.</summary>
    public (int Left, int Right, long Count)? FindBest(long minimumCount)
    {
        ApplyChanges();
        while (queue.TryPeek(out var best, out _))
        {
            // Falling counts leave entries behind that promise too much; they are put back with what is true.
            long count = pairs.TryGetValue(best.Key, out var pair) ? pair.Count : 0;
            if (count == best.Count)
            {
                return count >= minimumCount ? ((int)(best.Key >> 32), (int)(uint)best.Key, count) : null;
            }

            queue.Dequeue();
            Enqueue(best.Key, count);
        }

        return null;
    }

    /// <summary>Joins a pair wherever it occurs, from left to right.</summary>
    public void Join(int left, int right, int joined)
    {
        if (!pairs.TryGetValue(Key(left, right), out var pair))
        {
            return;
        }

        foreach (int index in pair.Words)
        {
            JoinWithin(index, left, right, joined);
        }

        ApplyChanges();
    }

    private void JoinWithin(int index, int left, int right, int joined)
    {
        int[] old = words[index];
        int[] symbols = Replace(old, left, right, joined);
        if (symbols.Length == old.Length)
        {
            return;
        }

        long count = wordCounts[index];
        for (int i = 0; i + 1 < old.Length; i++)
        {
            Change(Key(old[i], old[i + 1]), -count, index);
        }

        for (int i = 0; i + 1 < symbols.Length; i++)
        {
            Change(Key(symbols[i], symbols[i + 1]), count, symbols[i] == joined || symbols[i + 1] == joined ? index : null);
        }

        words[index] = symbols;
    }

    private static int[] Replace(int[] symbols, int left, int right, int joined)
    {
        Span<int> kept = symbols.Length <= 128 ? stackalloc int[symbols.Length] : new int[symbols.Length];
        int count = 0;
        for (int i = 0; i < symbols.Length; i++)
        {
            bool isPair = i + 1 < symbols.Length && symbols[i] == left && symbols[i + 1] == right;
            kept[count++] = isPair ? joined : symbols[i];
            i += isPair ? 1 : 0;
        }

        return count == symbols.Length ? symbols : kept[..count].ToArray();
    }

    /// <summary>Notes a change of a count, and a word in which the pair is new.</summary>
    private void Change(ulong key, long amount, int? newIn)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(changes, key, out _) += amount;
        if (newIn is { } index && amount > 0)
        {
            ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, key, out _);
            pair ??= new Pair();
            if (pair.Words.Count == 0 || pair.Words[^1] != index)
            {
                pair.Words.Add(index);
            }
        }
    }

    private void ApplyChanges()
    {
        foreach (var (key, amount) in changes)
        {
            var pair = pairs[key];
            pair.Count += amount;
            if (pair.Count == 0)
            {
                pairs.Remove(key);
            }
            else if (amount > 0)
            {
                Enqueue(key, pair.Count);
            }
        }

        changes.Clear();
    }

    private void Enqueue(ulong key, long count)
    {
        if (count > 0)
        {
            queue.Enqueue((key, count), (count, key));
        }
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private sealed class Pair
    {
        public long Count { get; set; }

        /// <summary>Words that hold the pair, or did.</summary>
        public List<int> Words { get; } = [];
    }

    private sealed class MostFrequentFirst : IComparer<(long Count, ulong Key)>
    {
        public static MostFrequentFirst Instance { get; } = new();

        public int Compare((long Count, ulong Key) x, (long Count, ulong Key) y) =>
            x.Count != y.Count ? y.Count.CompareTo(x.Count) : x.Key.CompareTo(y.Key);
    }
}
