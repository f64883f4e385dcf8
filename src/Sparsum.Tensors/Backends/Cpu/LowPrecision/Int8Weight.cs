namespace Sparsum.Tensors.Backends.Cpu.LowPrecision;

/// <summary>A weight in 8-bit integers with a float32 factor per row: a quarter of the memory of float32.</summary>
internal sealed class Int8Weight(Tensor weight, WorkerPool pool) : WordWeight<Int8Format>(weight, StorageType.Int8, scaleRows: true, pool);
