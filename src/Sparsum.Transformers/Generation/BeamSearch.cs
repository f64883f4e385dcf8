using Sparsum.Tensors;
using Sparsum.Transformers.Generation.Processors;

namespace Sparsum.Transformers.Generation;

/// <summary>
/// Beam search over all prompts together. The first step runs one row per prompt, since its beams are still the same; so prompts, sources
/// and the keys of cross-attention are computed once.
/// </summary>
/// <param name="decoding">The rows, at their prompts.</param>
/// <param name="sources">What each prompt reads.</param>
/// <param name="options">How to search; the most new tokens are settled.</param>
internal sealed class BeamSearch(Decoding decoding, IReadOnlyList<int[]> sources, GenerationOptions options)
{
    private readonly ILogitsProcessor[] processors = LogitsPipeline.OfSearch(options);

    /// <summary>The best sequences of each prompt, prompt by prompt, best first.</summary>
    public IReadOnlyList<GeneratedSequence> Run(Action<GenerationStep>? onStep, CancellationToken cancellationToken)
    {
        BeamGroup[] groups = [.. sources.Select(_ => new BeamGroup(options))];
        var chosen = new int[groups.Length * options.NumBeams];
        var tokens = new int[chosen.Length];
        bool isOpen = true;
        for (int step = 0; isOpen; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var logits = decoding.NextLogits();
            int beams = step == 0 ? 1 : options.NumBeams;
            for (int i = 0; i < groups.Length; i++)
            {
                Advance(groups[i], i, step, beams, logits);
                for (int beam = 0; beam < options.NumBeams; beam++)
                {
                    chosen[(i * options.NumBeams) + beam] = (i * beams) + Math.Min(groups[i].Parents[beam], beams - 1);
                    tokens[(i * options.NumBeams) + beam] = groups[i].Tokens[beam];
                }
            }

            onStep?.Invoke(new GenerationStep
            {
                Index = step,
                Tokens = [.. groups.Select(group => group.Tokens[0])],
                HasEnded = [.. groups.Select(group => group.HasEnded)],
                Logits = logits,
            });
            isOpen = groups.Any(group => !group.HasEnded) && groups.Any(group => group.Runs);
            if (isOpen)
            {
                decoding.Select(chosen);
                decoding.Rows.Append(tokens);
            }
        }

        return [.. groups.SelectMany(group => group.Results)];
    }

    private void Advance(BeamGroup group, int prompt, int step, int beams, Tensor logits)
    {
        var rows = decoding.Rows;
        var scores = new float[beams][];
        for (int beam = 0; beam < beams; beam++)
        {
            int row = (prompt * beams) + beam;
            scores[beam] = BeamGroup.Score(
                logits.Row(row), new TokenHistory(rows.Tokens(row), rows.NewLength, sources[prompt], rows.Length), processors);
        }

        group.Step(step, beam => scores[Math.Min(beam, beams - 1)], beam => rows.NewTokens((prompt * beams) + Math.Min(beam, beams - 1)).ToArray());
    }
}
