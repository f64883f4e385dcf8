using System.Runtime.CompilerServices;

namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>
/// Transcendental functions of float32 vectors. NaN gives NaN. Polynomials are minimax fits in the relative error of the result.
/// </summary>
internal static class VectorMath
{
    /// <summary>
    /// <c>eˣ</c> within 2 ulp: <c>x = n ln 2 + r</c> with ln 2 in two parts (Cody and Waite), a polynomial of degree 6 in r, times 2^n.
    /// Overflows to infinity and underflows gradually.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x)
        where T : struct, IVector<T>
    {
        // Beyond these bounds the result is infinity or zero anyway; inside, n fits ScaleByPowerOfTwo.
        x = T.Max(T.Create(-104f), T.Min(T.Create(89f), x));
        var n = T.Round(x * T.Create(1.44269504f));
        var r = T.MultiplyAdd(n, T.Create(-0.693359375f), x);
        r = T.MultiplyAdd(n, T.Create(2.12194440e-4f), r);
        var p = T.Create(1.3814561e-3f);
        p = T.MultiplyAdd(p, r, T.Create(8.3687352e-3f));
        p = T.MultiplyAdd(p, r, T.Create(4.16683890e-2f));
        p = T.MultiplyAdd(p, r, T.Create(0.166665211f));
        p = T.MultiplyAdd(p, r, T.Create(0.499999940f));
        p = T.MultiplyAdd(p, r * r, r) + T.Create(1);
        return T.ScaleByPowerOfTwo(p, n);
    }

    /// <summary>
    /// The standard normal distribution function <c>Φ(x) = (1 + erf(x/√2))/2</c>, to a few ulp in both tails:
    /// <c>Φ(-|x|) = e^(-x²/2) t Q(t)</c> with <c>t = 1/(1 + 0.35 |x|)</c>, the form of Abramowitz and Stegun 26.2.17.
    /// </summary>
    /// <param name="x">Where.</param>
    /// <param name="power"><c>e^(-x²/2)</c>, which comes for free; that of 15 farther out.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T NormalDistribution<T>(T x, out T power)
        where T : struct, IVector<T>
    {
        var a = T.Min(T.Create(15), T.Abs(x));

        // The rounding error of the square is brought back as a first-order factor, or it would grow with x² in the tail.
        var square = a * a;
        var lost = T.MultiplyAdd(a, a, T.Create(0) - square);
        power = Exp(square * T.Create(-0.5f));
        power = T.MultiplyAdd(power * lost, T.Create(-0.5f), power);

        var t = T.Create(1) / T.MultiplyAdd(a, T.Create(0.35f), T.Create(1));
        var q = T.Create(-2.91637983e-2f);
        q = T.MultiplyAdd(q, t, T.Create(0.144060194f));
        q = T.MultiplyAdd(q, t, T.Create(-0.255900651f));
        q = T.MultiplyAdd(q, t, T.Create(0.159391582f));
        q = T.MultiplyAdd(q, t, T.Create(-2.32629646e-2f));
        q = T.MultiplyAdd(q, t, T.Create(0.105574451f));
        q = T.MultiplyAdd(q, t, T.Create(0.119815581f));
        q = T.MultiplyAdd(q, t, T.Create(0.139864326f));
        q = T.MultiplyAdd(q, t, T.Create(0.139621258f));
        var tail = power * t * q;
        return T.SelectLess(x, T.Create(0), tail, T.Create(1) - tail);
    }

    /// <summary><c>tanh(x)</c> to a few ulp: an odd polynomial near zero, <c>1 - 2/(e^(2|x|) + 1)</c> farther out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x)
        where T : struct, IVector<T>
    {
        var a = T.Abs(x);
        var square = x * x;
        var p = T.Create(-5.6039146e-3f);
        p = T.MultiplyAdd(p, square, T.Create(2.05517206e-2f));
        p = T.MultiplyAdd(p, square, T.Create(-5.37141077e-2f));
        p = T.MultiplyAdd(p, square, T.Create(0.133311525f));
        p = T.MultiplyAdd(p, square, T.Create(-0.333332717f));
        var near = T.MultiplyAdd(p * square, x, x);
        var far = T.Create(1) - (T.Create(2) / (Exp(a + a) + T.Create(1)));
        return T.SelectLess(a, T.Create(0.625f), near, T.CopySign(far, x));
    }

    /// <summary><c>x / (1 + e⁻ˣ)</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T TimesSigmoid<T>(T x, T argument)
        where T : struct, IVector<T> =>
        x / (T.Create(1) + Exp(T.Create(0) - argument));
}
