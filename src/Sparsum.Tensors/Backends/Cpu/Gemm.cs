namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>Matrix products on raw memory, on the calling thread alone.</summary>
internal static unsafe class Gemm
{
    /// <summary>
    /// <c>C [m, n] (+)= opA(A) opB(B)</c> with row strides; for products inside an outer parallel loop. Safe to call from several workers
    /// at once, each with its own <paramref name="scratch"/>. For <paramref name="hasRoom"/> see <see cref="GemmProblem.HasRoom"/>.
    /// </summary>
    public static void RunSingle(
        MatrixProduct product,
        int m,
        int n,
        int k,
        float* a,
        nint lda,
        float* b,
        nint ldb,
        float* c,
        nint ldc,
        bool accumulate,
        GemmScratch scratch,
        bool hasRoom = false) =>
        Run(
            new GemmProblem
            {
                Kernel = MicroKernel.For(scratch.InstructionSet, n),
                Rows = m,
                Columns = n,
                Depth = k,
                A = GemmOperand.Left(product, a, lda),
                B = GemmOperand.Right(product, b, ldb),
                C = c,
                CStride = ldc,
                Accumulate = accumulate,
                HasRoom = hasRoom,
            },
            scratch);

    /// <summary>Computes a product with the memory of <paramref name="scratch"/>.</summary>
    public static void Run(in GemmProblem problem, GemmScratch scratch)
    {
        if (problem.Rows == 0 || problem.Columns == 0)
        {
            return;
        }

        var pass = new GemmPass(problem, 1);
        if (pass.PacksAhead(problem))
        {
            pass.Panels = scratch.Right(pass.PanelFloats);
        }

        while (pass.MoveNext(problem))
        {
            if (pass.PacksAhead(problem))
            {
                int pieces = GemmLoops.PackingPieces(problem, pass);
                for (int piece = 0; piece < pieces; piece++)
                {
                    GemmLoops.PackAhead(problem, pass, piece);
                }
            }

            scratch.ForgetRows();
            for (int piece = 0; piece < pass.Pieces; piece++)
            {
                GemmLoops.MultiplyPiece(problem, pass, piece, scratch);
            }
        }
    }
}
