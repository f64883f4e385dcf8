using Sparsum.Tensors;

namespace Sparsum.Transformers.Models;

/// <summary>
/// Hidden states of all tokens of several batches as they enter a block: one buffer that each block overwrites with its output. In a model
/// of two stacks it holds the states of the sequences and, behind them, those of their targets; the blocks of the second stack read the
/// first too.
/// </summary>
public sealed class HiddenStates : IDisposable
{
    /// <summary>Makes room.</summary>
    /// <param name="tokens">Tokens of all batches.</param>
    /// <param name="hiddenSize">Width of the hidden states.</param>
    /// <param name="targetTokens">Tokens of all targets; 0 in models of one stack.</param>
    public HiddenStates(int tokens, int hiddenSize, int targetTokens = 0)
    {
        All = Tensor.Allocate(checked(tokens + targetTokens), hiddenSize);
        States = All.Rows(0, tokens);
        Targets = targetTokens == 0 ? null : All.Rows(tokens, targetTokens);
    }

    /// <summary>Everything, <c>[tokens + target tokens, hidden]</c>.</summary>
    public Tensor All { get; }

    /// <summary>The states of the sequences, <c>[tokens, hidden]</c>.</summary>
    public Tensor States { get; }

    /// <summary>The states of their targets, <c>[target tokens, hidden]</c>; null in models of one stack.</summary>
    public Tensor? Targets { get; }

    /// <summary>Takes over the values of other states of the same sequences.</summary>
    public void CopyFrom(HiddenStates other) => other.All.CopyTo(All);

    /// <inheritdoc/>
    public void Dispose() => All.Dispose();
}
