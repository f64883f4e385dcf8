namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>A weight in IEEE binary16: half the memory of float32; every value must be finite and below 65504 in magnitude.</summary>
internal sealed class Float16Weight(Tensor weight, WorkerPool pool) : WordWeight<Float16Format>(weight, StorageType.Float16, leavesZerosOut: false, pool);
