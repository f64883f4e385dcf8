namespace Sparsum.Tensors.Backends;

/// <summary>The shape rules of a matrix product, shared by the backends.</summary>
internal static class MatrixShapes
{
    /// <summary>Checks that the operands fit and returns the sizes.</summary>
    public static (int M, int N, int K) Check(MatrixProduct product, Tensor a, Tensor b, Tensor output)
    {
        (int m, int k) = product == MatrixProduct.TN ? (a.Columns, a.RowCount) : (a.RowCount, a.Columns);
        (int n, int inner) = product == MatrixProduct.NT ? (b.RowCount, b.Columns) : (b.Columns, b.RowCount);
        if (k != inner || output.RowCount != m || output.Columns != n)
        {
            throw new ArgumentException(
                $"The product {product} of {a} and {b} gives [{m}, {n}] and needs equal inner sizes ({k}, {inner}); the output is {output}.");
        }

        return (m, n, k);
    }
}
