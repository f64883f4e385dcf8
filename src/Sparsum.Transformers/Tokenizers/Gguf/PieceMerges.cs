using Sparsum.Transformers.Tokenizers.SentencePiece;

namespace Sparsum.Transformers.Tokenizers.Gguf;

/// <summary>
/// The merges of byte-pair encoding from the scores of SentencePiece: every way to cut a piece into two others is a merge, and merges come in
/// the order of the pieces they make, the best score first.
/// </summary>
internal static class PieceMerges
{
    /// <summary>The merges, written as two pieces and a space.</summary>
    public static string[] Derive(GgufVocabulary vocabulary)
    {
        float[] scores = vocabulary.Scores;
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            // Pieces of the user's own have the best score, 0, so that they are put together before all others.
            if (vocabulary.Kinds[id] is PieceKind.Normal or PieceKind.UserDefined or 0)
            {
                ids.TryAdd(vocabulary.Tokens[id], id);
            }
        }

        var merges = new List<(float Score, int Left, int Right)>();
        var lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var (piece, id) in ids)
        {
            for (int cut = 1; cut < piece.Length; cut++)
            {
                if (lookup.TryGetValue(piece.AsSpan(0, cut), out int left) && lookup.TryGetValue(piece.AsSpan(cut), out int right))
                {
                    merges.Add((scores[id], left, right));
                }
            }
        }

        return
        [
            .. merges.OrderByDescending(merge => merge.Score).ThenBy(merge => merge.Left).ThenBy(merge => merge.Right)
                .Select(merge => $"{vocabulary.Tokens[merge.Left]} {vocabulary.Tokens[merge.Right]}"),
        ];
    }
}
