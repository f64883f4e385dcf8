using Sparsum.Tensors.Backends.Cpu.LowPrecision;
using Sparsum.Tensors.Backends.Cpu.Sparse;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// The default backend: vectorised kernels in managed code, on AVX-512, AVX2, or whatever 128-bit vectors the machine has.
/// </summary>
public sealed partial class CpuBackend : IBackend
{
    private readonly WorkerPool pool;
    private readonly PooledGemm gemm;
    private readonly ColumnReduction reduction;
    private readonly GramAccumulation gram;
    private readonly SparseProduct sparse;
    private readonly Lazy<Int8RowProduct> int8Rows;
    private readonly InstructionSet instructionSet;

    /// <summary>Creates the backend.</summary>
    /// <param name="threads">Threads to use; 0 means all cores.</param>
    /// <param name="precision">How exact products of float32 are.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threads"/> is negative.</exception>
    public CpuBackend(int threads = 0, Float32Precision precision = Float32Precision.Highest)
        : this(threads, precision == Float32Precision.High && InstructionSet.Tiles.IsSupported() ? InstructionSet.Tiles : InstructionSets.Best)
    {
    }

    /// <summary>Creates the backend with narrower matrix products than the machine could run.</summary>
    internal CpuBackend(int threads, InstructionSet instructionSet)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);

        // Known before any kernel is compiled, it is a constant there; else each loop would ask whether it is known.
        _ = FirstLevelCache.FetchAhead;
        this.instructionSet = instructionSet;
        pool = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
        gemm = new PooledGemm(pool, instructionSet);
        reduction = new ColumnReduction(pool);
        gram = new GramAccumulation(pool, gemm);
        sparse = new SparseProduct(pool, instructionSet.Vectors());

        // Asks the system for tiles and for code of one's own, which a process that needs neither should not do.
        int8Rows = new Lazy<Int8RowProduct>(() => new Int8RowProduct(pool));
    }

    /// <inheritdoc/>
    public string Description => $"cpu {instructionSet.Name()}, {Threads} {(Threads == 1 ? "thread" : "threads")}";

    /// <inheritdoc/>
    public Float32Precision Precision => instructionSet == InstructionSet.Tiles ? Float32Precision.High : Float32Precision.Highest;

    /// <inheritdoc/>
    public int Threads => pool.Threads;

    /// <inheritdoc/>
    public void Dispose()
    {
        pool.Dispose();
        gemm.Dispose();
        reduction.Dispose();
        gram.Dispose();
        sparse.Dispose();
        if (int8Rows.IsValueCreated)
        {
            int8Rows.Value.Dispose();
        }

        DisposeScratches();
    }
}
