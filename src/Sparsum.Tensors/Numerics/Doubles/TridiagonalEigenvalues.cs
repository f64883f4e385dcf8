namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>The implicit QL iteration with Wilkinson's shift, without vectors (Bowdler, Martin, Reinsch and Wilkinson 1968).</summary>
internal static class TridiagonalEigenvalues
{
    private const int MostIterations = 60;

    /// <summary>Replaces a diagonal by the eigenvalues, ascending.</summary>
    /// <param name="diagonal">The main diagonal.</param>
    /// <param name="lower">The diagonal below it, from index 1 on; is spoilt.</param>
    /// <exception cref="ArithmeticException">An element is no finite number, so that the iteration does not end.</exception>
    public static void Solve(double[] diagonal, double[] lower)
    {
        int size = diagonal.Length;
        lower.AsSpan(Math.Min(1, size)).CopyTo(lower);
        if (size > 0)
        {
            lower[size - 1] = 0;
        }

        for (int l = 0; l < size; l++)
        {
            int iterations = 0;
            for (int m = NextSmall(diagonal, lower, l); m != l; m = NextSmall(diagonal, lower, l))
            {
                if (++iterations > MostIterations)
                {
                    throw new ArithmeticException("The eigenvalues do not converge; the matrix holds numbers that are not finite.");
                }

                Step(diagonal, lower, l, m);
            }
        }

        Array.Sort(diagonal);
    }

    /// <summary>The first place from <paramref name="l"/> on where the matrix falls apart.</summary>
    private static int NextSmall(double[] diagonal, double[] lower, int l)
    {
        int m = l;
        while (m < diagonal.Length - 1)
        {
            double scale = Math.Abs(diagonal[m]) + Math.Abs(diagonal[m + 1]);
            if (Math.Abs(lower[m]) + scale == scale)
            {
                break;
            }

            m++;
        }

        return m;
    }

    private static void Step(double[] diagonal, double[] lower, int l, int m)
    {
        double g = (diagonal[l + 1] - diagonal[l]) / (2 * lower[l]);
        double r = Math.Sqrt((g * g) + 1);
        g = diagonal[m] - diagonal[l] + (lower[l] / (g + Math.CopySign(r, g)));
        double sine = 1;
        double cosine = 1;
        double p = 0;
        for (int i = m - 1; i >= l; i--)
        {
            double f = sine * lower[i];
            double b = cosine * lower[i];
            r = Math.Sqrt((f * f) + (g * g));
            lower[i + 1] = r;
            if (r == 0)
            {
                diagonal[i + 1] -= p;
                lower[m] = 0;
                return;
            }

            sine = f / r;
            cosine = g / r;
            g = diagonal[i + 1] - p;
            r = ((diagonal[i] - g) * sine) + (2 * cosine * b);
            p = sine * r;
            diagonal[i + 1] = g + p;
            g = (cosine * r) - b;
        }

        diagonal[l] -= p;
        lower[l] = g;
        lower[m] = 0;
    }
}
