using System.Numerics.Tensors;

namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>
/// Reduces a symmetric matrix to a band by orthogonal transformations (Bischof, Lang and Sun 2000, first stage): a panel of columns is
/// factored <c>QR</c> below the band, and <c>QᵀAQ = A - V·Wᵀ - W·Vᵀ</c> is applied to the rest. Nearly all of the work is matrix products.
/// </summary>
internal sealed unsafe class BandReduction<T>
    where T : struct, IDoubleVector<T>
{
    private readonly int size;
    private readonly int width;
    private readonly int threads;
    private readonly double* values;

    // Transposed: one reflection, or one column of a product, is a row here. V and W share a buffer so that [V W] is one operand.
    private readonly DoubleMatrix reflections;
    private readonly DoubleMatrix turned;
    private readonly double[] taus;

    private BandReduction(DoubleMatrix matrix, int width, int threads)
    {
        size = matrix.Rows;
        this.width = width;
        this.threads = threads;
        values = matrix.Pointer;
        reflections = new DoubleMatrix(2 * width, size);
        turned = new DoubleMatrix(2 * width, size);
        taus = new double[width];
    }

    /// <summary>
    /// Reduces a symmetric matrix, of which both triangles are given, to the band of <paramref name="width"/> diagonals below the main one;
    /// the band lies in the lower triangle afterwards, what is outside of it is spoilt.
    /// </summary>
    public static void Reduce(DoubleMatrix matrix, int width, int threads)
    {
        var reduction = new BandReduction<T>(matrix, width, threads);
        using (reduction.reflections)
        using (reduction.turned)
        {
            for (int column = 0; column + width < matrix.Rows - 1; column += width)
            {
                reduction.ReducePanel(column);
            }
        }
    }

    private void ReducePanel(int column)
    {
        int top = column + width;
        int rows = size - top;
        int count = Math.Min(width, rows - 1);
        FactorPanel(column, top, rows, count);
        double[,] triangle = Triangle(rows, count);
        MakeUpdate(top, rows, count, triangle);
        Update(top, rows, count);
    }

    /// <summary>The QR factorisation of the panel; R goes back into the matrix, the reflections into their rows.</summary>
    private void FactorPanel(int column, int top, int rows, int count)
    {
        for (int j = 0; j < width; j++)
        {
            var x = Reflection(j, rows);
            for (int i = 0; i < rows; i++)
            {
                x[i] = values[((long)(top + i) * size) + column + j];
            }
        }

        for (int j = 0; j < count; j++)
        {
            var x = Reflection(j, rows);
            taus[j] = Householder.Make(x[j..], out double beta);
            for (int other = j + 1; other < width; other++)
            {
                Householder.Apply(x[j..], taus[j], Reflection(other, rows)[j..]);
            }

            values[((long)(top + j) * size) + column + j] = beta;
        }

        for (int j = 0; j < width; j++)
        {
            var x = Reflection(j, rows);
            for (int i = 0; i < Math.Min(j, rows); i++)
            {
                values[((long)(top + i) * size) + column + j] = x[i];
            }

            if (j < count)
            {
                x[..j].Clear();
            }
            else if (j < rows)
            {
                // The last rows of a panel that is as high as it is wide have nothing below them to be removed.
                values[((long)(top + j) * size) + column + j] = x[j];
            }
        }
    }

    /// <summary><c>T</c> with <c>H_0·H_1·… = I - V·T·Vᵀ</c> (Schreiber and Van Loan 1989).</summary>
    private double[,] Triangle(int rows, int count)
    {
        double[,] triangle = new double[count, count];
        double[] products = new double[count];
        for (int j = 0; j < count; j++)
        {
            for (int i = 0; i < j; i++)
            {
                products[i] = TensorPrimitives.Dot<double>(Reflection(i, rows)[j..], Reflection(j, rows)[j..]);
            }

            for (int i = 0; i < j; i++)
            {
                double sum = 0;
                for (int k = i; k < j; k++)
                {
                    sum += triangle[i, k] * products[k];
                }

                triangle[i, j] = -taus[j] * sum;
            }

            triangle[j, j] = taus[j];
        }

        return triangle;
    }

    /// <summary><c>Y = A·V·T</c> and <c>W = Y - V·(TᵀVᵀY)/2</c>, transposed, behind V.</summary>
    private void MakeUpdate(int top, int rows, int count, double[,] triangle)
    {
        for (int j = 0; j < count; j++)
        {
            turned.Row(j)[..rows].Clear();
        }

        double* rest = values + ((long)top * size) + top;
        DoubleProduct<T>.Add(
            DoubleOperand.Rows(reflections.Pointer, size), DoubleOperand.Rows(rest, size), 1, turned.Pointer, size, count, rows, rows, lowerOnly: false, threads);
        for (int j = 0; j < count; j++)
        {
            var y = reflections.Row(count + j)[..rows];
            y.Clear();
            for (int i = 0; i <= j; i++)
            {
                Householder.AddScaled(turned.Row(i)[..rows], triangle[i, j], y);
            }
        }

        // S = Tᵀ·(Vᵀ·Y) is symmetric.
        double[,] inner = new double[count, count];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
            {
                inner[i, j] = TensorPrimitives.Dot<double>(Reflection(i, rows)[i..], reflections.Row(count + j)[i..rows]);
            }
        }

        for (int j = 0; j < count; j++)
        {
            for (int i = 0; i < count; i++)
            {
                double sum = 0;
                for (int k = 0; k <= i; k++)
                {
                    sum += triangle[k, i] * inner[k, j];
                }

                Householder.AddScaled(Reflection(i, rows), -0.5 * sum, reflections.Row(count + j)[..rows]);
            }
        }
    }

    /// <summary>Subtracts <c>[V W]·[W V]ᵀ</c> from what is left.</summary>
    private void Update(int top, int rows, int count)
    {
        for (int j = 0; j < count; j++)
        {
            Reflection(j, rows).CopyTo(turned.Row(count + j));
            reflections.Row(count + j)[..rows].CopyTo(turned.Row(j));
        }

        double* rest = values + ((long)top * size) + top;
        DoubleProduct<T>.Add(
            DoubleOperand.Columns(reflections.Pointer, size),
            DoubleOperand.Columns(turned.Pointer, size),
            -1,
            rest,
            size,
            rows,
            rows,
            2 * count,
            lowerOnly: false,
            threads);
    }

    private Span<double> Reflection(int index, int rows) => reflections.Row(index)[..rows];
}
