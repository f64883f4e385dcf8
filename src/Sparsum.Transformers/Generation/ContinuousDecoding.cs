namespace Sparsum.Transformers.Generation;

/// <summary>Continues prompts in a number of places: one that ends leaves its place to the next.</summary>
/// <param name="model">What continues them.</param>
/// <param name="sources">What settings that look at the source of a prompt see.</param>
/// <param name="options">How to continue each prompt; the most new tokens are settled.</param>
/// <param name="places">Most prompts at a time.</param>
internal sealed class ContinuousDecoding(
    PromptModel model, IReadOnlyList<int[]> sources, IReadOnlyList<GenerationOptions> options, int places)
{
    /// <summary>The sequences of each prompt, prompt by prompt.</summary>
    public IReadOnlyList<GeneratedSequence> Run(Action<PromptStep>? onStep, CancellationToken cancellationToken)
    {
        var results = new GeneratedSequence[sources.Count][];
        var running = new List<ContinuedPrompt>();
        int next = 0;
        try
        {
            while (next < sources.Count || running.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (next < sources.Count && running.Count < places)
                {
                    Begin(next++, running, onStep);
                }
                else
                {
                    Step(running, onStep);
                }

                foreach (var prompt in running.Where(prompt => prompt.HasEnded).ToArray())
                {
                    results[prompt.Index] = [.. prompt.Results];
                    running.Remove(prompt);
                    prompt.Dispose();
                }
            }
        }
        finally
        {
            running.ForEach(prompt => prompt.Dispose());
        }

        return [.. results.SelectMany(sequences => sequences)];
    }

    private void Begin(int index, List<ContinuedPrompt> running, Action<PromptStep>? onStep)
    {
        var begun = model.Begin(index);
        using var logits = begun.Logits;
        var prompt = new ContinuedPrompt(index, sources[index], options[index], model.FirstTokens(index), begun);
        running.Add(prompt);
        prompt.Advance(logits, onStep);
    }

    private void Step(List<ContinuedPrompt> running, Action<PromptStep>? onStep)
    {
        using var logits = model.NextLogits([.. running.SelectMany(prompt => prompt.Rows)], [.. running.SelectMany(prompt => prompt.Caches)]);
        int first = 0;
        foreach (var prompt in running)
        {
            int rows = prompt.Rows.Count;
            prompt.Advance(logits.Rows(first, rows), onStep);
            first += rows;
        }
    }
}
