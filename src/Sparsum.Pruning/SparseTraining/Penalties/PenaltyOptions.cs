using Sparsum.Core;
using Sparsum.Tensors.Optimization;

namespace Sparsum.Pruning.SparseTraining.Penalties;

/// <summary>Settings of the regularisers (Dhurandhar et al. 2024).</summary>
public sealed record PenaltyOptions
{
    /// <summary>Factor of the attention penalty.</summary>
    public double Alpha { get; init; }

    /// <summary>Factor of the MLP penalty.</summary>
    public double Beta { get; init; }

    /// <summary>A weight is near zero when its magnitude is below this.</summary>
    public double Epsilon { get; init; } = 1e-4;

    /// <summary>Bounds the attention gradient of almost empty groups.</summary>
    public double GroupFloor { get; init; } = 1e-8;

    /// <summary>What a row of an MLP matrix is.</summary>
    public MlpRowAxis MlpRowAxis { get; init; }

    /// <summary>Steps between refreshes of the coefficients; 0 = once per epoch.</summary>
    public int CountRefreshSteps { get; init; } = 1;

    /// <summary>How cross-attention is grouped.</summary>
    public CrossAttentionGrouping CrossAttentionGrouping { get; init; }

    /// <summary>How gated MLPs are counted.</summary>
    public GatedCounts GatedCounts { get; init; }

    /// <summary>How the penalty reaches the weights.</summary>
    public PenaltyMode PenaltyMode { get; init; }

    /// <summary>Whether the coefficients are to be refreshed before a step.</summary>
    /// <param name="step">Number of the step in the run, from 0.</param>
    /// <param name="startsEpoch">Whether it is the first of its epoch.</param>
    public bool IsRefreshDue(long step, bool startsEpoch) => CountRefreshSteps == 0 ? startsEpoch : step % CountRefreshSteps == 0;

    /// <summary>Refuses settings that mean nothing.</summary>
    /// <exception cref="InvalidInputException">A number is negative, NaN or infinite.</exception>
    public void Validate()
    {
        Check(nameof(Alpha), Alpha, Alpha >= 0);
        Check(nameof(Beta), Beta, Beta >= 0);
        Check(nameof(Epsilon), Epsilon, Epsilon > 0);
        Check(nameof(GroupFloor), GroupFloor, GroupFloor > 0);
        Check(nameof(CountRefreshSteps), CountRefreshSteps, CountRefreshSteps >= 0);
    }

    private static void Check(string option, double value, bool isSound)
    {
        if (!isSound || !double.IsFinite(value))
        {
            throw new InvalidInputException("invalid-option", $"{option} is not usable.")
            {
                Found = FormattableString.Invariant($"{value}"),
                Expected = option is nameof(Epsilon) or nameof(GroupFloor) ? "a number above 0" : "a number from 0 on",
            };
        }
    }
}

/// <summary>How the input dimensions of cross-attention are grouped.</summary>
public enum CrossAttentionGrouping
{
    /// <summary>The query reads the decoder, key and value the encoder: two groups.</summary>
    Split,

    /// <summary>One group, as the equation is printed.</summary>
    Joint,
}

/// <summary>How the near-zero weights of a gated MLP are counted.</summary>
public enum GatedCounts
{
    /// <summary>Gate and up are terms of their own.</summary>
    Separate,

    /// <summary>A neuron's gate and up rows are counted together and share one weight.</summary>
    Joint,
}

/// <summary>What counts as a row of an MLP matrix in the paper's equation 1.</summary>
public enum MlpRowAxis
{
    /// <summary>An output neuron: a row of the stored <c>[out, in]</c> matrix. The reading under which the printed sizes fit.</summary>
    OutputNeuron,

    /// <summary>An input neuron: a column of the stored matrix.</summary>
    InputNeuron,
}
