using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>Memory of one worker for the pieces of an operation. It grows to the largest piece that it has served.</summary>
internal sealed unsafe class WorkerScratch(InstructionSet set) : IDisposable
{
    private readonly ScratchBuffer floats = new();

    /// <summary>For the products within a piece.</summary>
    public GemmScratch Gemm { get; } = new(set);

    /// <summary>One for each worker of a pool.</summary>
    public static WorkerScratch[] ForEach(WorkerPool pool, InstructionSet set) =>
        [.. Enumerable.Range(0, pool.Threads).Select(_ => new WorkerScratch(set))];

    /// <summary>Room for this many floats, aligned to a cache line, of undefined content.</summary>
    public float* Floats(long count) => floats.Floats(count);

    /// <inheritdoc/>
    public void Dispose()
    {
        Gemm.Dispose();
        floats.Dispose();
    }
}
