using System.Numerics.Tensors;
using Sparsum.Core;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Pruning.OneShot.Statistics;

/// <summary>
/// The Hessian <c>H = (2/N) Σ_n X_nᵀ·X_n</c> <c>[C, C]</c> of a layer's squared output error in a row of its weights, and the factor of its
/// inverse, which layers that read the same input share.
/// </summary>
public sealed class InputHessian
{
    private const double LargestDamping = 1;
    private const double DampingStep = 10;
    private const double FirstDamping = 0.01;

    private readonly DoubleMatrix matrix;
    private readonly string layer;
    private readonly long tokens;
    private readonly int threads;
    private readonly double[] diagonal;
    private double requested;
    private InverseFactor? factor;

    /// <summary>Takes over a matrix; whoever made it disposes of it when no layer needs it any more.</summary>
    /// <param name="matrix">
    /// <c>H</c>, of which the lower triangle is read. It stays there; the upper triangle and the diagonal will hold the factor.
    /// </param>
    /// <param name="layer">A layer that reads the input, for messages.</param>
    /// <param name="tokens">Tokens that were seen, <c>N·T</c>.</param>
    /// <param name="threads">Most threads to use; results do not depend on it.</param>
    public InputHessian(DoubleMatrix matrix, string layer, long tokens, int threads)
    {
        (this.matrix, this.layer, this.tokens, this.threads) = (matrix, layer, tokens, threads);
        diagonal = new double[matrix.Rows];
        for (int i = 0; i < diagonal.Length; i++)
        {
            diagonal[i] = matrix.Row(i)[i];
        }
    }

    /// <summary>Number of input features, <c>C</c>.</summary>
    public int Size => matrix.Rows;

    /// <summary>The diagonal of <c>H</c>: 0 where a feature was never anything but 0.</summary>
    public ReadOnlySpan<double> Diagonal => diagonal;

    /// <summary>What is to be told about the last <see cref="Invert"/>; null when all went as usual.</summary>
    public string? Note { get; private set; }

    /// <summary>An element of <c>H</c>.</summary>
    public double this[int row, int column] => row == column ? diagonal[row] : matrix.Row(Math.Max(row, column))[Math.Min(row, column)];

    /// <summary>
    /// The factor of the inverse of <c>H + d·mean(diag H)·I</c>, in which features that were always 0 have 1 on the diagonal. When that is
    /// not positive definite, <c>d</c> is made 10 times larger, up to 1.
    /// </summary>
    /// <param name="damping"><c>d</c>, 0 or more.</param>
    /// <returns>The factor. It is computed once for one damping, and gone when another is asked for.</returns>
    /// <exception cref="RunFailedException">No damping makes the matrix positive definite.</exception>
    public InverseFactor Invert(double damping)
    {
        if (factor is not null && requested == damping)
        {
            return factor;
        }

        requested = damping;
        factor = null;
        for (double tried = damping; ; tried = Math.Min(LargestDamping, tried == 0 ? FirstDamping : tried * DampingStep))
        {
            if (TryInvert(tried))
            {
                Note = Describe(tried);
                return factor = new InverseFactor(matrix);
            }

            if (tried >= LargestDamping)
            {
                throw NotPositive(tried);
            }
        }
    }

    /// <summary>
    /// Turned by 180 degrees the matrix is <c>L·Lᵀ</c>; turned back, <c>H = R·Rᵀ</c> with <c>R</c> upper triangular, so that
    /// <c>H⁻¹ = R⁻ᵀ·R⁻¹</c> and <c>U = R⁻¹</c>. The same factor as by inverting <c>H</c> and factoring the inverse, for half of the work.
    /// </summary>
    private bool TryInvert(double damping)
    {
        matrix.MirrorLower();
        double[] damped = [.. diagonal.Select(value => value == 0 ? 1 : value)];
        TensorPrimitives.Add(damped, damping * TensorPrimitives.Sum<double>(damped) / Size, damped);
        for (int i = 0; i < Size; i++)
        {
            matrix.Row(i)[i] = damped[i];
        }

        matrix.Turn();
        bool isPositive = Cholesky.Factor(matrix, threads) < 0;
        if (isPositive)
        {
            Cholesky.InvertLower(matrix, threads);
        }

        matrix.Turn();
        return isPositive;
    }

    private string? Describe(double damping)
    {
        var notes = new List<string>();
        if (damping != requested)
        {
            notes.Add(FormattableString.Invariant($"damping raised from {requested} to {damping}: the Hessian was not positive definite"));
        }

        int dead = diagonal.Count(value => value == 0);
        if (dead > 0)
        {
            notes.Add(FormattableString.Invariant($"{dead} of {Size} input features were always 0, their weights are pruned"));
        }

        if (tokens < Size)
        {
            notes.Add(FormattableString.Invariant($"{tokens} calibration tokens for {Size} input features: only damping makes the Hessian invertible"));
        }

        return notes.Count == 0 ? null : string.Join("; ", notes);
    }

    private RunFailedException NotPositive(double damping) =>
        new("singular-hessian", $"The Hessian of the inputs of layer '{layer}' cannot be inverted.")
        {
            Found = FormattableString.Invariant($"a matrix that is not positive definite with damping {damping}, from {tokens} tokens"),
            Expected = FormattableString.Invariant($"a positive definite matrix over {Size} input features"),
            Hint = "Calibrate with more tokens than the layer has input features; if there are, its activations are out of all proportion.",
        };
}

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
