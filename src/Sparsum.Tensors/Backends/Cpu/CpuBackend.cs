using Sparsum.Tensors.Backends.Reference;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// The default backend: vectorised kernels in managed code, on AVX-512, AVX2, or whatever 128-bit vectors the machine has.
/// </summary>
public sealed partial class CpuBackend : IBackend
{
    private readonly WorkerPool pool;
    private readonly ReferenceBackend reference = new();

    /// <summary>Creates the backend.</summary>
    /// <param name="threads">Threads to use; 0 means all cores.</param>
    public CpuBackend(int threads = 0) => pool = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);

    /// <inheritdoc/>
    public string Description => $"cpu, {Threads} threads";

    /// <inheritdoc/>
    public int Threads => pool.Threads;

    /// <inheritdoc/>
    public void MatMul(MatrixProduct product, Tensor a, Tensor b, Tensor output, bool accumulate = false) =>
        reference.MatMul(product, a, b, output, accumulate);

    /// <inheritdoc/>
    public void Linear(Tensor input, Tensor weight, Tensor? bias, Activation activation, Tensor output) =>
        reference.Linear(input, weight, bias, activation, output);

    /// <inheritdoc/>
    public void Linear(Tensor input, PackedWeight weight, Tensor? bias, Activation activation, Tensor output) =>
        reference.Linear(input, weight, bias, activation, output);

    /// <inheritdoc/>
    public PackedWeight Pack(Tensor weight, StorageType storage = StorageType.Float32) => reference.Pack(weight, storage);

    /// <inheritdoc/>
    public void Dispose() => pool.Dispose();
}
