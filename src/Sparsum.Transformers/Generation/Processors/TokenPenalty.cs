namespace Sparsum.Transformers.Generation.Processors;

/// <summary>
/// Divides positive and multiplies negative scores of tokens that are there (Keskar et al. 2019, CTRL), or does the opposite for tokens
/// of the source, which are to come again.
/// </summary>
/// <param name="penalty">Above 1 discourages repetition, or encourages tokens of the source.</param>
/// <param name="ofSource">Whether the source's tokens are meant.</param>
internal sealed class TokenPenalty(double penalty, bool ofSource) : ILogitsProcessor
{
    private readonly HashSet<int> seen = [];

    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        double factor = ofSource ? 1 / penalty : penalty;
        seen.Clear();
        foreach (int token in ofSource ? history.Source : history.Tokens)
        {
            // A token that occurs twice is not punished twice.
            if (seen.Add(token))
            {
                scores[token] = (float)(scores[token] < 0 ? scores[token] * factor : scores[token] / factor);
            }
        }
    }
}
