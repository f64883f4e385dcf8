using Sparsum.Transformers.Generation.Processors;

namespace Sparsum.Transformers.Generation;

/// <summary>
/// The beams of one prompt: those that still run, and the best that have ended. The arithmetic is the reference's, in single precision,
/// with its -1e9 in place of what may not be chosen.
/// </summary>
/// <param name="options">How to search; the most new tokens are settled.</param>
internal sealed class BeamGroup(GenerationOptions options)
{
    private const float Never = -1e9f;

    private readonly float[] running = [0, .. Enumerable.Repeat(Never, options.NumBeams - 1)];
    private Ended[] ended = [.. Enumerable.Repeat(new Ended([], Never, false), options.NumBeams)];

    /// <summary>The beam that each running beam continues, after <see cref="Step"/>.</summary>
    public int[] Parents { get; } = new int[options.NumBeams];

    /// <summary>The token it continues it with.</summary>
    public int[] Tokens { get; } = new int[options.NumBeams];

    /// <summary>Whether a running beam may still beat the worst sequence that has ended.</summary>
    public bool CanImprove { get; private set; } = true;

    /// <summary>Whether there are as many ended sequences as beams.</summary>
    public bool IsFull => ended.All(sequence => sequence.HasEnded);

    /// <summary>Whether the last step had a candidate that has not ended.</summary>
    public bool Runs { get; private set; } = true;

    /// <summary>Whether the search is over.</summary>
    public bool HasEnded => !CanImprove || (options.EarlyStopping == EarlyStopping.Immediate && IsFull);

    /// <summary>The best sequences, best first.</summary>
    public IEnumerable<GeneratedSequence> Results =>
        ended.Take(options.NumReturnSequences).Select(sequence => new GeneratedSequence(sequence.Tokens, sequence.Score));

    /// <summary>The log-probabilities of a beam's next token, as the settings leave them.</summary>
    public static float[] Score(ReadOnlySpan<float> logits, TokenHistory history, ILogitsProcessor[] processors)
    {
        TokenChooser.Likeliest(logits);
        float[] scores = [.. LogSoftmax.Of(logits).Select(value => (float)value)];
        foreach (var processor in processors)
        {
            processor.Apply(scores, history);
        }

        return scores;
    }

    /// <summary>Chooses the continuations of one step.</summary>
    /// <param name="step">Number of the step, from 0.</param>
    /// <param name="scores">Processed log-probabilities of each beam's next token.</param>
    /// <param name="newTokens">The new tokens of a beam so far.</param>
    /// <exception cref="Core.RunFailedException">The settings exclude every token of every beam.</exception>
    public void Step(int step, Func<int, float[]> scores, Func<int, int[]> newTokens)
    {
        // So many that beams are left to run on even if the best candidates all end.
        int kept = Math.Max(2, 1 + options.EndIds.Count) * options.NumBeams;
        var candidates = Best(kept, scores);
        bool isLast = step + 1 == options.MaxNewTokens;
        bool[] ends = [.. candidates.Select(candidate => isLast || options.EndIds.Contains(candidate.Token))];
        Runs = ends.Contains(false);
        Finish(step + 1, candidates, ends, newTokens);
        int[] next =
        [
            .. Enumerable.Range(0, candidates.Count)
                .OrderByDescending(i => candidates[i].Score + (ends[i] ? Never : 0)).Take(options.NumBeams),
        ];
        for (int beam = 0; beam < next.Length; beam++)
        {
            var candidate = candidates[next[beam]];
            running[beam] = candidate.Score + (ends[next[beam]] ? Never : 0);
            (Parents[beam], Tokens[beam]) = (candidate.Beam, candidate.Token);
        }

        if (float.IsNegativeInfinity(running[0]) && CanImprove)
        {
            throw TokenChooser.NothingLeft();
        }

        int length = options is { EarlyStopping: EarlyStopping.Never, LengthPenalty: > 0 } ? options.MaxNewTokens : step + 1;
        float possible = running[0] / Penalty(length);
        float worst = ended.Min(sequence => sequence.Score);
        CanImprove &= ended.Any(sequence => possible > (sequence.HasEnded ? worst : Never));
    }

    private void Finish(int length, List<Candidate> candidates, bool[] ends, Func<int, int[]> newTokens)
    {
        bool isClosed = options.EarlyStopping == EarlyStopping.Immediate && IsFull;
        var merged = new List<(Ended Sequence, int Candidate)>(ended.Select(sequence => (sequence, -1)));
        for (int i = 0; i < candidates.Count; i++)
        {
            // Candidates behind the best so many only exist to run on.
            bool counts = ends[i] && i < options.NumBeams;
            float score = candidates[i].Score / Penalty(length);
            score += isClosed ? Never : 0;
            score += CanImprove ? 0 : Never;
            score += counts ? 0 : Never;
            merged.Add((new Ended([], score, counts), i));
        }

        ended =
        [
            .. merged.OrderByDescending(pair => pair.Sequence.Score).Take(options.NumBeams).Select(pair => pair.Candidate < 0
                ? pair.Sequence
                : pair.Sequence with { Tokens = [.. newTokens(candidates[pair.Candidate].Beam), candidates[pair.Candidate].Token] }),
        ];
    }

    /// <summary>The best candidates of all beams, best first, of equals the earlier.</summary>
    private List<Candidate> Best(int count, Func<int, float[]> scores)
    {
        var best = new List<Candidate>(count + 1);
        for (int beam = 0; beam < options.NumBeams; beam++)
        {
            float[] row = scores(beam);
            for (int token = 0; token < row.Length; token++)
            {
                float score = row[token] + running[beam];
                if (best.Count == count && !(score > best[^1].Score))
                {
                    continue;
                }

                int place = best.Count;
                while (place > 0 && score > best[place - 1].Score)
                {
                    place--;
                }

                best.Insert(place, new Candidate(beam, token, score));
                if (best.Count > count)
                {
                    best.RemoveAt(count);
                }
            }
        }

        return best;
    }

    private float Penalty(int length) => (float)Math.Pow(length, options.LengthPenalty);

    private readonly record struct Candidate(int Beam, int Token, float Score);

    private sealed record Ended(int[] Tokens, float Score, bool HasEnded);
}
