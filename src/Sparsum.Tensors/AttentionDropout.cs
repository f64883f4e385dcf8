namespace Sparsum.Tensors;

/// <summary>
/// Dropout of attention probabilities after the softmax (Vaswani et al. 2017): each is set to zero with probability <paramref name="Rate"/>
/// or divided by <c>1 - Rate</c>, the rate rounded to a multiple of 1/65536. Which ones depends on the stream and their places alone, so that the gradient drops the same. A query that
/// sees no key loses nothing.
/// </summary>
/// <param name="Rate">At least 0 and below 1.</param>
/// <param name="Stream">Where the decisions come from.</param>
/// <param name="FirstSequence">Which sequence of a larger batch the first is, whose decisions it has.</param>
public readonly record struct AttentionDropout(float Rate, RandomStream Stream, int FirstSequence = 0);
