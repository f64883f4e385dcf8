using System.Numerics.Tensors;

namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>Reflections <c>H = I - τ·v·vᵀ</c> with <c>v[0] = 1</c> (Golub and Van Loan 2013, algorithm 5.1.1).</summary>
internal static class Householder
{
    /// <summary>Makes the reflection that turns <c>x</c> into a multiple of the first unit vector.</summary>
    /// <param name="x">The vector; becomes <c>v</c>.</param>
    /// <param name="beta">The multiple.</param>
    /// <returns><c>τ</c>; 0 where nothing has to be done.</returns>
    public static double Make(Span<double> x, out double beta)
    {
        double alpha = x[0];
        double squares = x.Length > 1 ? TensorPrimitives.SumOfSquares<double>(x[1..]) : 0;
        x[0] = 1;
        if (squares == 0)
        {
            beta = alpha;
            return 0;
        }

        double norm = Math.Sqrt((alpha * alpha) + squares);
        beta = alpha > 0 ? -norm : norm;
        TensorPrimitives.Divide(x[1..], alpha - beta, x[1..]);
        return (beta - alpha) / beta;
    }

    /// <summary>Applies a reflection to a vector.</summary>
    public static void Apply(ReadOnlySpan<double> v, double tau, Span<double> x) => AddScaled(v, -tau * TensorPrimitives.Dot(v, x), x);

    /// <summary><c>target += factor · source</c>.</summary>
    public static void AddScaled(ReadOnlySpan<double> source, double factor, Span<double> target) =>
        TensorPrimitives.MultiplyAdd(source, factor, target, target);
}
