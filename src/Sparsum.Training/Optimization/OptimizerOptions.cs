using Sparsum.Tensors.Optimization;

namespace Sparsum.Training.Optimization;

/// <summary>How an <see cref="Optimizer"/> steps; the defaults are those of the Hugging Face example scripts.</summary>
public sealed record OptimizerOptions
{
    /// <summary>The constants of AdamW.</summary>
    public AdamWOptions AdamW { get; init; } = new();

    /// <summary>Decoupled weight decay; each step multiplies a decayed weight by <c>1 - rate · decay</c>.</summary>
    public double WeightDecay { get; init; }

    /// <summary>What is decayed.</summary>
    public DecayRule DecayRule { get; init; }

    /// <summary>The global gradient norm is clipped to this; null does not clip.</summary>
    public double? MaxGradientNorm { get; init; } = 1;

    /// <summary>
    /// Whether ε is added to the root of the second moment before that is corrected for its start at zero, as older code does, rather than after
    /// it (Loshchilov and Hutter 2019).
    /// </summary>
    public bool EpsilonBeforeCorrection { get; init; }

    /// <summary>The settings of a step.</summary>
    /// <param name="step">Its number, from 1.</param>
    internal AdamWOptions AdamWAt(int step) => EpsilonBeforeCorrection
        ? AdamW with { Epsilon = AdamW.Epsilon / Math.Sqrt(1 - Math.Pow(AdamW.Beta2, step)) }
        : AdamW;
}
