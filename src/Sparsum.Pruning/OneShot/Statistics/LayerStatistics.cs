
namespace Sparsum.Pruning.OneShot.Statistics;

/// <summary>What calibration saw of the input of one layer.</summary>
public sealed class LayerStatistics
{
    private readonly float[] inputNorms;

    /// <summary>Takes the square sums of each input feature over all sequences.</summary>
    /// <param name="squareSums">For each feature <c>c</c> the sum of <c>x²</c> over all tokens of all sequences.</param>
    /// <param name="samples">Number of sequences, <c>N</c>.</param>
    public LayerStatistics(ReadOnlySpan<double> squareSums, int samples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1);
        Samples = samples;
        inputNorms = new float[squareSums.Length];
        for (int c = 0; c < inputNorms.Length; c++)
        {
            // Rounded before the root, as the reference does, which holds a_c in float32.
            inputNorms[c] = MathF.Sqrt((float)(squareSums[c] / samples));
        }
    }

    /// <summary>Number of sequences, <c>N</c>.</summary>
    public int Samples { get; }

    /// <summary>Tokens of all sequences, <c>N·T</c>.</summary>
    public long Tokens { get; init; }

    /// <summary>Whether no token reached the layer: an expert that no calibration token was sent to.</summary>
    public bool IsUnseen { get; init; }

    /// <summary>
    /// <c>‖X_c‖ = √a_c</c> with <c>a_c = (1/N) Σ_n Σ_t x²</c> for each input feature (Sun et al. 2024, eq. 1, up to a common factor).
    /// </summary>
    public ReadOnlySpan<float> InputNorms => inputNorms;

    /// <summary>Sums and variances; null unless <see cref="StatisticKinds.Moments"/> were asked for.</summary>
    public InputMoments? Moments { get; init; }

    /// <summary>The Hessian; null unless <see cref="StatisticKinds.Hessian"/> was asked for.</summary>
    public InputHessian? Hessian { get; init; }
}

/// <summary>First moments of the input of one layer (Zhang et al. 2024, Dynamic Sparse No Training).</summary>
/// <param name="Sums">For each feature <c>c</c>: <c>m_c = (1/N) Σ_n Σ_t x</c>, the sum over a sequence, averaged over sequences.</param>
/// <param name="Variances">
/// For each feature <c>c</c>: <c>v_c</c>, the population variance within a sequence, averaged over sequences by their tokens. What differs between
/// sequences does not count.
/// </param>
public sealed record InputMoments(IReadOnlyList<double> Sums, IReadOnlyList<double> Variances);

/// <summary>What calibration gathers of a layer's input; more of it costs more time and memory.</summary>
[Flags]
public enum StatisticKinds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The square sum of each input feature: Wanda's norms.</summary>
    Squares = 1,

    /// <summary>Sum and variance of each input feature: DSnoT.</summary>
    Moments = 2,

    /// <summary>The second moments of all pairs of input features, <c>[C, C]</c>: SparseGPT.</summary>
    Hessian = 4,
}
