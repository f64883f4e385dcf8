using Sparsum.Cli.Running;

namespace Sparsum.Cli.Sweeps;

/// <summary>Runs within this process, as many at a time as asked for.</summary>
internal sealed class LocalEngine(RunContext context, SweepFolder folder, int parallel) : ISweepEngine
{
    private readonly RunExecutor executor = new(
        context,
        folder.Runs,
        context.Threads == 0 && parallel > 1 ? Math.Max(1, Environment.ProcessorCount / parallel) : context.Threads);

    private int next = -1;

    public void Run(SweepBook book)
    {
        book.Tidy(_ => true);
        var helpers = Enumerable.Range(1, Math.Min(parallel, book.Runs.Count) - 1).Select(_ => Task.Run(() => Work(book))).ToList();
        Work(book);
        Task.WhenAll(helpers).GetAwaiter().GetResult();
    }

    private void Work(SweepBook book)
    {
        for (int index; !context.CancellationToken.IsCancellationRequested && (index = Interlocked.Increment(ref next)) < book.Runs.Count;)
        {
            if (!book.Runs[index].WasDone)
            {
                book.Enter(index, executor.Run(book.Runs[index].Plan, run => book.Report($"{run.Plan.Id}: {run.Step}")));
            }
        }
    }
}
