using System.Buffers;
using System.Text;
using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.SentencePiece;

/// <summary>
/// The most probable segmentation under a unigram language model, found by the Viterbi algorithm (Kudo 2018, equation 4).
/// </summary>
internal sealed class UnigramSegmenter : ISegmenter
{
    // A character outside the vocabulary costs this much more than the least probable piece.
    private const float UnknownPenalty = 10;

    private readonly PieceTrie _trie = new();
    private readonly double[] _scores;
    private readonly double _unknownScore;
    private readonly bool _roundsSums;

    /// <summary>
    /// Prepares pieces for search, all of them ordinary, numbered as they come; of equal ones the last is found. Sums are not rounded.
    /// </summary>
    public UnigramSegmenter(IReadOnlyList<(string Text, int Id, double Score)> pieces)
    {
        _scores = [.. pieces.Select(piece => piece.Score)];
        _unknownScore = pieces.Min(piece => piece.Score) - UnknownPenalty;
        foreach (var (text, id, _) in pieces)
        {
            _trie.Add(text, id);
        }
    }

    /// <summary>Prepares the pieces of a SentencePiece model for search.</summary>
    public UnigramSegmenter(SentencePieceModel model)
    {
        _roundsSums = true;
        float[] normal = [.. model.Pieces.Where(piece => piece.Kind == PieceKind.Normal).Select(piece => piece.Score)];
        float best = normal.Length == 0 ? 0 : normal.Max();
        _unknownScore = (float)((normal.Length == 0 ? 0 : normal.Min()) - UnknownPenalty);
        _scores = new double[model.Pieces.Count];
        for (int id = 0; id < _scores.Length; id++)
        {
            var piece = model.Pieces[id];
            if (piece.Kind is PieceKind.Normal or PieceKind.UserDefined)
            {
                _trie.Add(piece.Text, id);
                // A user-defined piece outweighs any way to cut it into others.
                _scores[id] = piece.Kind == PieceKind.Normal
                    ? piece.Score
                    : (Encoding.UTF8.GetByteCount(piece.Text) * best) - 0.1;
            }
        }
    }

    /// <inheritdoc/>
    public void Segment(ReadOnlySpan<char> text, List<int> symbols)
    {
        var steps = ArrayPool<Step>.Shared.Rent(text.Length + 1);
        steps.AsSpan(0, text.Length + 1).Fill(Step.Unreached);
        steps[0] = new Step(0, 0, 0);
        for (int start = 0, length; start < text.Length; start += length)
        {
            double score = steps[start].Score;
            int code = UnicodeText.CodePointAt(text[start..], out length);
            bool single = false;
            int node = PieceTrie.Start;
            for (int i = start; i < text.Length && _trie.Step(ref node, text[i], out int id); i++)
            {
                if (id >= 0)
                {
                    Relax(ref steps[i + 1], start, score + _scores[id], id);
                    single |= i + 1 == start + length;
                }
            }

            if (!single)
            {
                Relax(ref steps[start + length], start, _roundsSums ? (float)score + (float)_unknownScore : score + _unknownScore, ~code);
            }
        }

        int first = symbols.Count;
        for (int end = text.Length; end > 0; end = steps[end].Start)
        {
            symbols.Add(steps[end].Symbol);
        }

        symbols.Reverse(first, symbols.Count - first);
        ArrayPool<Step>.Shared.Return(steps);
    }

    // SentencePiece compares sums in double and keeps them in float: among equally probable paths rounding decides.
    private void Relax(ref Step step, int start, double score, int symbol)
    {
        if (step.Start < 0 || score > step.Score)
        {
            step = new Step(start, _roundsSums ? (float)score : score, symbol);
        }
    }

    // The best way to reach a place: from where, at which total log probability, by which symbol.
    private readonly record struct Step(int Start, double Score, int Symbol)
    {
        public static Step Unreached { get; } = new(-1, 0, 0);
    }
}
