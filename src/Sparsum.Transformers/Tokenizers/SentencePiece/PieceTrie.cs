namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>Finds the pieces that begin at a place in a text.</summary>
internal sealed class PieceTrie
{
    private const int Root = 0;

    private readonly Dictionary<ulong, int> _children = [];
    private readonly List<int> _ids = [-1];

    /// <summary>Whether no piece was added.</summary>
    public bool IsEmpty => _ids.Count == 1;

    /// <summary>Adds a piece.</summary>
    public void Add(string piece, int id)
    {
        int node = Root;
        foreach (char c in piece)
        {
            ulong key = Key(node, c);
            if (!_children.TryGetValue(key, out int child))
            {
                child = _ids.Count;
                _ids.Add(-1);
                _children.Add(key, child);
            }

            node = child;
        }

        _ids[node] = id;
    }

    /// <summary>A walk that starts at the root; see <see cref="Step"/>.</summary>
    public static int Start => Root;

    /// <summary>Goes one character on.</summary>
    /// <param name="node">Where the walk stands; afterwards where it went.</param>
    /// <param name="c">The next character.</param>
    /// <param name="id">The id of the piece that ends here, or -1.</param>
    /// <returns>False if no piece goes on with <paramref name="c"/>.</returns>
    public bool Step(ref int node, char c, out int id)
    {
        bool found = _children.TryGetValue(Key(node, c), out node);
        id = found ? _ids[node] : -1;
        return found;
    }

    /// <summary>The longest piece at the start of <paramref name="text"/>.</summary>
    /// <returns>Its number of UTF-16 units, or 0.</returns>
    public int LongestMatch(ReadOnlySpan<char> text, out int id)
    {
        (int length, int node) = (0, Root);
        id = -1;
        for (int i = 0; i < text.Length && Step(ref node, text[i], out int found); i++)
        {
            if (found >= 0)
            {
                (length, id) = (i + 1, found);
            }
        }

        return length;
    }

    private static ulong Key(int node, char c) => ((ulong)node << 16) | c;
}
