using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Opponents;

/// <summary>The library that computes for llama.cpp, as the packages of LLamaSharp bring it.</summary>
internal static partial class Ggml
{
    public const int Float32 = 0;
    public const int Q8 = 8;
    public const int BFloat16 = 30;

    private const string Base = "ggml-base";
    private const string Cpu = "ggml-cpu";

    static Ggml() => NativeLibrary.SetDllImportResolver(typeof(Ggml).Assembly, (name, _, _) =>
    {
        string set = Avx512F.IsSupported ? "avx512" : "avx2";
        string? file = Directory
            .EnumerateFiles(AppContext.BaseDirectory, $"lib{name}.so", SearchOption.AllDirectories)
            .FirstOrDefault(path => Path.GetFileName(Path.GetDirectoryName(path)) == set && !path.Contains("musl", StringComparison.Ordinal));
        return file is null ? IntPtr.Zero : NativeLibrary.Load(file);
    });

    [LibraryImport(Base, EntryPoint = "ggml_init")]
    public static partial nint Init(Parameters parameters);

    [LibraryImport(Base, EntryPoint = "ggml_free")]
    public static partial void Free(nint context);

    [LibraryImport(Base, EntryPoint = "ggml_new_tensor_2d")]
    public static partial nint NewMatrix(nint context, int type, long columns, long rows);

    [LibraryImport(Base, EntryPoint = "ggml_get_data")]
    public static partial nint Data(nint tensor);

    [LibraryImport(Base, EntryPoint = "ggml_quantize_chunk")]
    public static unsafe partial nuint Quantize(int type, float* source, nint target, long start, long rows, long columns, float* importance);

    [LibraryImport(Base, EntryPoint = "ggml_mul_mat")]
    public static partial nint Multiply(nint context, nint weight, nint input);

    [LibraryImport(Base, EntryPoint = "ggml_new_graph")]
    public static partial nint NewGraph(nint context);

    [LibraryImport(Base, EntryPoint = "ggml_build_forward_expand")]
    public static partial void Expand(nint graph, nint tensor);

    [LibraryImport(Cpu, EntryPoint = "ggml_cpu_init")]
    public static partial void InitCpu();

    [LibraryImport(Cpu, EntryPoint = "ggml_graph_compute_with_ctx")]
    public static partial int Compute(nint context, nint graph, int threads);

    /// <summary>Memory of a context.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Parameters
    {
        public nuint Bytes;
        public nint Buffer;
        public byte HasNoData;
    }
}
