namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>Work that a <see cref="WorkerPool"/> runs piece by piece. An object that is kept and reused costs no allocation per run.</summary>
internal abstract class PoolJob
{
    /// <summary>Runs one piece on the thread with number <paramref name="worker"/>.</summary>
    public abstract void Execute(int piece, int worker);
}
