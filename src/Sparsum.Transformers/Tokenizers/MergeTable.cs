namespace Sparsum.Transformers.Tokenizers;

/// <summary>Which two neighbours byte-pair encoding may join, and in which order (Sennrich et al. 2016, algorithm 1).</summary>
internal sealed class MergeTable(int capacity = 0)
{
    private readonly Dictionary<ulong, Merge> _merges = new(capacity);

    /// <summary>Number of pairs.</summary>
    public int Count => _merges.Count;

    /// <summary>All pairs in the order of their ranks.</summary>
    public IEnumerable<(int Left, int Right)> Ordered =>
        _merges.OrderBy(entry => entry.Value.Rank).Select(entry => ((int)(entry.Key >> 32), (int)(uint)entry.Key));

    /// <summary>Adds a pair; a pair already known keeps its first rank.</summary>
    public void Add(int left, int right, Merge merge) => _merges.TryAdd(Key(left, right), merge);

    /// <summary>Looks a pair up.</summary>
    public bool TryGet(int left, int right, out Merge merge) => _merges.TryGetValue(Key(left, right), out merge);

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
