using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.Latency;

/// <summary>A model to be timed.</summary>
/// <param name="Name">What results call it.</param>
/// <param name="Model">The model, loaded and best also packed; only one that predicts the next token can be timed token by token.</param>
public sealed record LatencySubject(string Name, TransformerModel Model);
