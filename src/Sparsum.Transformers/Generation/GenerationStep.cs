using Sparsum.Tensors;

namespace Sparsum.Transformers.Generation;

/// <summary>One step of a generation, for callers who show tokens as they come.</summary>
public sealed class GenerationStep
{
    /// <summary>Number of the step, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>
    /// The new token of each row, the padding id in rows that had ended before; in a beam search of the best running beam of each prompt.
    /// </summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>Whether each row, or the search of each prompt, has ended, this step included.</summary>
    public required IReadOnlyList<bool> HasEnded { get; init; }

    /// <summary>
    /// What the tokens were chosen from, <c>[batch, vocabulary]</c>, in a beam search a row for each beam, before penalties and filters. May be read only during the call.
    /// </summary>
    public required Tensor Logits { get; init; }
}
