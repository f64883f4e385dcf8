using Sparsum.Tensors.Numerics;

namespace Sparsum.Pruning.OneShot.Scoring;

/// <summary>
/// The upper triangle <c>U</c> with <c>H⁻¹ = Uᵀ·U</c>. Row <c>i</c> right of the diagonal is what elimination of inputs <c>0..i</c> leaves for
/// the others, and <c>1/U_ii²</c> what a unit change of weight <c>i</c> then costs (Frantar and Alistarh 2023, SparseGPT, section 3).
/// </summary>
/// <param name="matrix">Holds <c>U</c> from its diagonal on; what is below is none of its business.</param>
public sealed class InverseFactor(DoubleMatrix matrix)
{
    /// <summary>Number of input features.</summary>
    public int Size => matrix.Rows;

    /// <summary>Elements <c>(i, i)</c> to <c>(i, Size-1)</c> of <c>U</c>.</summary>
    public ReadOnlySpan<double> Row(int i) => matrix.Row(i)[i..];
}
