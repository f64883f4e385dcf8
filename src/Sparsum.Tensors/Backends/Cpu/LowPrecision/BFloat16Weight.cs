namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>A weight in bfloat16: half the memory of float32, the same range.</summary>
internal sealed class BFloat16Weight(Tensor weight, WorkerPool pool) : WordWeight<BFloat16Format>(weight, StorageType.BFloat16, scaleRows: false, pool);
