using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot;

/// <summary>Calibration sequences of one length that run together, with where their rows lie in <see cref="HiddenStates"/>.</summary>
/// <param name="FirstToken">Index of their first token among all.</param>
/// <param name="FirstTargetToken">Index of the first token of their targets among those of all; 0 without targets.</param>
/// <param name="Tokens">The tokens, with their targets if there are any.</param>
internal sealed record CalibrationBatch(int FirstToken, int FirstTargetToken, TokenBatch Tokens)
{
    /// <summary>The rows of the sequences.</summary>
    public Tensor Rows(HiddenStates states) => states.States.Rows(FirstToken, Tokens.InputIds.Length);

    /// <summary>The rows of their targets.</summary>
    public Tensor TargetRows(HiddenStates states) => states.Targets!.Rows(FirstTargetToken, Tokens.Target!.InputIds.Length);
}
