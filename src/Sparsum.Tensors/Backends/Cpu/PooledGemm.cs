namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// Products on all threads of a pool. Callers take turns; a product allocates nothing once its scratch has grown. The pieces of other
/// operations of the same pool must use <see cref="Gemm"/> instead: a caller that has its turn here may wait for the pool.
/// </summary>
internal sealed unsafe class PooledGemm : IDisposable
{
    private readonly WorkerPool pool;
    private readonly GemmScratch[] scratches;
    private readonly PackJob packJob;
    private readonly MultiplyJob multiplyJob;
    private readonly PanelJob panelJob;
    private readonly Lock callers = new();
    private GemmProblem problem;
    private GemmPass pass;
    private float* rows;

    /// <summary>Uses a pool that stays the caller's.</summary>
    public PooledGemm(WorkerPool pool, InstructionSet set)
    {
        this.pool = pool;
        scratches = [.. Enumerable.Range(0, pool.Threads).Select(_ => new GemmScratch(set))];
        packJob = new PackJob(this);
        multiplyJob = new MultiplyJob(this);
        panelJob = new PanelJob(this);
    }

    /// <summary>Computes the product.</summary>
    public void Run(in GemmProblem work)
    {
        if (work.Rows == 0 || work.Columns == 0)
        {
            return;
        }

        lock (callers)
        {
            problem = work;
            if (work.ReadsPanelsOnce)
            {
                scratches[0].ForgetRows();
                rows = scratches[0].Left(0, (long)work.Rows * work.Depth, out _);
                GemmLoops.PackAllRows(work, rows);
                pool.For(GemmPass.CeilingDivide(work.Columns, work.Kernel.Columns), panelJob);
                return;
            }

            pass = new GemmPass(work, pool.Threads);
            if (pass.PacksAhead(work))
            {
                pass.Panels = scratches[0].Right(pass.PanelFloats);
            }

            while (pass.MoveNext(problem))
            {
                if (pass.PacksAhead(work))
                {
                    pool.For(GemmLoops.PackingPieces(problem, pass), packJob);
                }

                foreach (var scratch in scratches)
                {
                    scratch.ForgetRows();
                }

                pool.For(pass.Pieces, multiplyJob);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(scratches, scratch => scratch.Dispose());

    private sealed class PackJob(PooledGemm gemm) : PoolJob
    {
        public override void Execute(int piece, int worker) => GemmLoops.PackAhead(gemm.problem, gemm.pass, piece);
    }

    private sealed class MultiplyJob(PooledGemm gemm) : PoolJob
    {
        public override void Execute(int piece, int worker) =>
            GemmLoops.MultiplyPiece(gemm.problem, gemm.pass, piece, gemm.scratches[worker]);
    }

    private sealed class PanelJob(PooledGemm gemm) : PoolJob
    {
        public override void Execute(int piece, int worker) =>
            GemmLoops.MultiplyPanel(gemm.problem, piece, gemm.rows, gemm.scratches[worker]);
    }
}
