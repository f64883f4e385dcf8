namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>Matrix products on raw memory.</summary>
internal static unsafe class Gemm
{
    /// <summary>
    /// On the calling thread alone: <c>C [m, n] (+)= opA(A) opB(B)</c> with row strides; for products inside an outer parallel loop. Safe
    /// to call from several workers at once, each with its own <paramref name="scratch"/>.
    /// </summary>
    public static void RunSingle(
        MatrixProduct product, int m, int n, int k, float* a, nint lda, float* b, nint ldb, float* c, nint ldc, bool accumulate, GemmScratch scratch)
    {
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float sum = accumulate ? c[(i * ldc) + j] : 0;
                for (int p = 0; p < k; p++)
                {
                    float left = product == MatrixProduct.TN ? a[(p * lda) + i] : a[(i * lda) + p];
                    sum += left * (product == MatrixProduct.NT ? b[(j * ldb) + p] : b[(p * ldb) + j]);
                }

                c[(i * ldc) + j] = sum;
            }
        }
    }
}
