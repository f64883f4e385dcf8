using System.Runtime.InteropServices;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Generation;

/// <summary>
/// Keys and values of what prompts begin with alike, in pieces of <see cref="PieceLength"/> tokens. The first prompt that computes a piece leaves a
/// copy, which others copy into their caches, until no one needs it any more. Every prompt goes through the model in these pieces, shared or
/// not, so a copy has the bits that the prompt would have computed.
/// </summary>
/// <param name="createPiece">Creates a cache for a piece.</param>
internal sealed class SharedPrefixes(Func<KeyValueCache> createPiece) : IDisposable
{
    /// <summary>Tokens of a piece. Longer ones would leave more unshared; shorter ones would make products of few rows.</summary>
    public const int PieceLength = 64;

    private readonly Dictionary<(int Before, string Tokens), int> numbers = [];
    private readonly List<int> users = [];
    private readonly Dictionary<int, KeyValueCache> kept = [];

    /// <summary>Announces a prompt, before any is computed, and gives the numbers of its pieces; the last token is in none, for its state is needed.</summary>
    public int[] Announce(ReadOnlySpan<int> prompt)
    {
        var pieces = new int[(prompt.Length - 1) / PieceLength];
        int before = -1;
        for (int i = 0; i < pieces.Length; i++)
        {
            string tokens = new(MemoryMarshal.Cast<int, char>(prompt.Slice(i * PieceLength, PieceLength)));
            if (!numbers.TryGetValue((before, tokens), out int number))
            {
                numbers.Add((before, tokens), number = users.Count);
                users.Add(0);
            }

            users[number]++;
            pieces[i] = before = number;
        }

        return pieces;
    }

    /// <summary>Fills an empty cache with the pieces that are there, and gives their tokens.</summary>
    public int Restore(int[] pieces, KeyValueCache cache)
    {
        int length = 0;
        foreach (int piece in pieces)
        {
            if (!kept.TryGetValue(piece, out var rows))
            {
                break;
            }

            rows.Copy(0, PieceLength, cache, length);
            length += PieceLength;
        }

        return length;
    }

    /// <summary>Keeps what a prompt has computed and others need.</summary>
    public void Keep(int[] pieces, KeyValueCache cache)
    {
        for (int i = 0; i < pieces.Length; i++)
        {
            if (users[pieces[i]] > 1 && !kept.ContainsKey(pieces[i]))
            {
                var rows = createPiece();
                kept.Add(pieces[i], rows);
                cache.Copy(i * PieceLength, PieceLength, rows, 0);
            }
        }
    }

    /// <summary>Says that a prompt needs its pieces no more.</summary>
    public void Release(int[] pieces)
    {
        foreach (int piece in pieces)
        {
            users[piece]--;
            if (users[piece] == 0 && kept.Remove(piece, out var rows))
            {
                rows.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var rows in kept.Values)
        {
            rows.Dispose();
        }
    }
}
