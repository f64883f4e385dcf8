namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>A weight <c>[Rows, Columns]</c> in a form that the CPU backend multiplies with.</summary>
internal abstract class CpuWeight(int rows, int columns, StorageType storage) : PackedWeight(rows, columns, storage)
{
    /// <summary><c>output = input · weightᵀ</c>; input <c>[tokens, Columns]</c>, output <c>[tokens, Rows]</c>, sizes checked. For
    /// <paramref name="rowwise"/> see <see cref="IBackend.Linear(Tensor, Tensor, Tensor?, Activation, Tensor, bool)"/>.</summary>
    public abstract void Multiply(Tensor input, Tensor output, WorkerPool pool, bool rowwise = false);
}
