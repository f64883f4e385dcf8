namespace Sparsum.Transformers.Generation.Processors;

/// <summary>Divides scores by a temperature.</summary>
/// <param name="temperature">Below 1 sharpens, above 1 flattens.</param>
internal sealed class Temperature(double temperature) : ILogitsProcessor
{
    /// <inheritdoc/>
    public void Apply(Span<float> scores, TokenHistory history)
    {
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = (float)(scores[i] / temperature);
        }
    }
}
