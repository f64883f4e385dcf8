namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>A weight in bfloat16: half the memory of float32, the same range; without its zeros, less.</summary>
internal sealed class BFloat16Weight(Tensor weight, bool leavesZerosOut, WorkerPool pool) : WordWeight<BFloat16Format>(
    weight, leavesZerosOut ? StorageType.SparseBFloat16 : StorageType.BFloat16, leavesZerosOut, pool);
