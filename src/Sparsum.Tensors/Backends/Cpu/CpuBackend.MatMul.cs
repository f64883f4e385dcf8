namespace Sparsum.Tensors.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void MatMul(MatrixProduct product, Tensor a, Tensor b, Tensor output, bool accumulate = false)
    {
        var (rows, columns, depth) = MatrixShapes.Check(product, a, b, output);
        Multiply(product, a, b, null, Activation.Identity, output, rows, columns, depth, accumulate);
    }

    private void Multiply(
        MatrixProduct product,
        Tensor a,
        Tensor b,
        Tensor? bias,
        Activation activation,
        Tensor output,
        int rows,
        int columns,
        int depth,
        bool accumulate,
        bool rowwise = false)
    {
        float* biasPointer = bias is null ? null : bias.Pointer;
        if (product == MatrixProduct.NT && (rowwise || rows <= GemvKernel.MaximumRows))
        {
            MultiplyFewRows(a.Pointer, rows, b.Pointer, columns, depth, biasPointer, output.Pointer, accumulate);
            ActivateInPlace(activation, output);
            return;
        }

        gemm.Run(new GemmProblem
        {
            Kernel = MicroKernel.For(instructionSet, columns),
            Rows = rows,
            Columns = columns,
            Depth = depth,
            A = GemmOperand.Left(product, a.Pointer, a.Columns),
            B = GemmOperand.Right(product, b.Pointer, b.Columns),
            C = output.Pointer,
            CStride = columns,
            Accumulate = accumulate,
            Bias = biasPointer,
            Activation = activation,
        });
    }

    private void MultiplyFewRows(
        float* input, int rows, float* weight, int columns, int depth, float* bias, float* output, bool accumulate)
    {
        // Pieces of about 128 KiB: long enough for the prefetcher, short enough that both threads end together.
        const int PieceFloats = 32 * 1024;
        int pieceRows = Math.Max(1, PieceFloats / Math.Max(1, depth));
        pool.For(GemmPass.CeilingDivide(columns, pieceRows), (piece, _) =>
        {
            int first = piece * pieceRows;
            int end = Math.Min(columns, first + pieceRows);
            GemvKernel.Multiply(input, rows, weight, depth, bias, output, columns, first, end, accumulate);
        });
    }
}
