using System.Runtime.InteropServices;

namespace Sparsum.Benchmarks.Native;

/// <summary>The row-major single-precision product of oneDNN, where the library is installed.</summary>
internal static unsafe partial class OneDnn
{
    private const string Library = "libdnnl.so.2";

    /// <summary>Whether the library can be loaded.</summary>
    public static bool IsPresent { get; } = NativeLibrary.TryLoad(Library, out _);

    /// <summary><c>C [m, n] = op(A) op(B)</c>.</summary>
    public static void Multiply(
        bool transposeA, bool transposeB, int m, int n, int k, float* a, int lda, float* b, int ldb, float* c, int ldc)
    {
        int status = Sgemm(
            (byte)(transposeA ? 'T' : 'N'), (byte)(transposeB ? 'T' : 'N'), m, n, k, 1, a, lda, b, ldb, 0, c, ldc);
        if (status != 0)
        {
            throw new InvalidOperationException($"dnnl_sgemm returned {status}.");
        }
    }

    [LibraryImport(Library, EntryPoint = "dnnl_sgemm")]
    private static partial int Sgemm(
        byte transposeA, byte transposeB, long m, long n, long k, float alpha, float* a, long lda, float* b, long ldb,
        float beta, float* c, long ldc);
}
