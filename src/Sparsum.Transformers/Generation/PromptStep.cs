using Sparsum.Tensors;

namespace Sparsum.Transformers.Generation;

/// <summary>One step of one of the prompts that <see cref="Generator.GenerateEach"/> continues.</summary>
public sealed class PromptStep
{
    /// <summary>Number of the prompt.</summary>
    public required int Prompt { get; init; }

    /// <summary>Number of the step within the prompt, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The new token; in a beam search that of the best running beam.</summary>
    public required int Token { get; init; }

    /// <summary>Whether the prompt has ended, this step included.</summary>
    public required bool HasEnded { get; init; }

    /// <summary>Tokens of the prompt whose keys and values another prompt had left, so that they were not computed again.</summary>
    public required int SharedTokens { get; init; }

    /// <summary>
    /// What the token was chosen from, <c>[1, vocabulary]</c>, or a row for each beam, before penalties and filters. May be read only during the call.
    /// </summary>
    public required Tensor Logits { get; init; }
}
