namespace Sparsum.Transformers.Tokenizers;

/// <summary>
/// Joins symbols by a <see cref="MergeTable"/> in O(n log n): a linked list of symbols and a heap of possible joins. One instance serves
/// one thread; its buffers are used again from word to word.
/// </summary>
internal sealed class BytePairMerger(MergeTable table)
{
    private readonly PriorityQueue<(int Left, int LeftId, int RightId, int MergedId), ulong> _queue = new();
    private int[] _previous = new int[64];
    private int[] _next = new int[64];

    /// <summary>Joins in place.</summary>
    /// <returns>The number of symbols left, which stand at the front of <paramref name="symbols"/>.</returns>
    public int Merge(Span<int> symbols)
    {
        int count = symbols.Length;
        if (count < 2)
        {
            return count;
        }

        Link(count);
        for (int i = 0; i + 1 < count; i++)
        {
            Propose(symbols, i);
        }

        while (_queue.TryDequeue(out var join, out _))
        {
            // A proposal is stale once either symbol was joined with another neighbour; -1 marks a symbol that is gone.
            int right = _next[join.Left];
            if (_previous[join.Left] == Gone || right < 0 || symbols[join.Left] != join.LeftId || symbols[right] != join.RightId)
            {
                continue;
            }

            symbols[join.Left] = join.MergedId;
            Unlink(right);
            Propose(symbols, join.Left);
            if (_previous[join.Left] >= 0)
            {
                Propose(symbols, _previous[join.Left]);
            }
        }

        int kept = 0;
        for (int i = 0; i >= 0; i = _next[i])
        {
            symbols[kept++] = symbols[i];
        }

        return kept;
    }

    private const int None = -1;
    private const int Gone = -2;

    private void Link(int count)
    {
        if (_next.Length < count)
        {
            int size = Math.Max(count, _next.Length * 2);
            (_previous, _next) = (new int[size], new int[size]);
        }

        for (int i = 0; i < count; i++)
        {
            (_previous[i], _next[i]) = (i - 1, i + 1);
        }

        _next[count - 1] = None;
    }

    private void Unlink(int index)
    {
        var (before, after) = (_previous[index], _next[index]);
        _next[before] = after;
        if (after >= 0)
        {
            _previous[after] = before;
        }

        _previous[index] = Gone;
    }

    private void Propose(ReadOnlySpan<int> symbols, int left)
    {
        int right = _next[left];
        if (right >= 0 && table.TryGet(symbols[left], symbols[right], out var merge))
        {
            // The key orders by rank, then from left to right.
            ulong key = ((ulong)(uint)merge.Rank << 32) | (uint)left;
            _queue.Enqueue((left, symbols[left], symbols[right], merge.Id), key);
        }
    }
}
