using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Cpu.Sparse;

namespace Sparsum.Benchmarks.Sparse;

/// <summary>
/// What a second thread brings to the products of BERT-base's feed-forward matrices, beside what it could bring: two products of one thread each
/// at the same time, which share nothing but the machine. For sparse products also what 16 threads would bring: the part that the second thread
/// did not make faster, measured by that, stays as it is; the pieces of the rest are as many as they are. Shared memory is not simulated.
/// </summary>
internal static class ThreadComparison
{
    private const int Tokens = 512;
    private const int Rounds = 25;
    private const int Simulated = 16;

    private static readonly (string Name, StorageType Storage, double Zeros)[] Cases =
    [
        ("float32", StorageType.Float32, 0),
        ("sparse, 80 % zeros", StorageType.Sparse, 0.8),
        ("sparse, 90 % zeros", StorageType.Sparse, 0.9),
        ("int8", StorageType.Int8, 0),
        ("int8-rows", StorageType.Int8Rows, 0),
    ];

    /// <summary>Takes no arguments.</summary>
    public static int Run()
    {
        using var first = new CpuBackend(1);
        using var second = new CpuBackend(1);
        using var both = new CpuBackend(2);
        Console.WriteLine($"{Processor.Name}; {both.Description}");
        Console.WriteLine("| storage | product | 1 thread, ms | 2 threads, times as fast | two products at once, times as many | share | 16 threads, simulated |");
        Console.WriteLine("| --- | --- | ---: | ---: | ---: | ---: | ---: |");
        foreach (var (rows, columns) in new[] { (3072, 768), (768, 3072) })
        {
            foreach (var (name, storage, zeros) in Cases)
            {
                using var weight = RandomWeight.Create(rows, columns, zeros, 1);
                using var ours = new Product(first, weight, storage);
                using var other = new Product(second, weight, storage);
                using var shared = new Product(both, weight, storage);
                var contenders = new[]
                {
                    new Contender("1 thread", ours.Run),
                    new Contender("2 threads", shared.Run),
                    new Contender("two at once", () => Parallel.Invoke(ours.Run, other.Run)),
                };
                var timings = Interleaved.Time(contenders, Rounds, 8, oneThread: false);
                double gained = timings.Ratio(1, 0);
                double possible = 2 * timings.Ratio(2, 0);
                Console.WriteLine(FormattableString.Invariant(
                    $"| {name} | {columns} to {rows} | {timings.Median(0) * 1e3:F2} | {gained:F2} | {possible:F2} | {gained / possible:F2} | {Simulate(shared.Pieces, gained / possible)} |"));
            }
        }

        return 0;
    }

    private static string Simulate(int pieces, double share)
    {
        if (pieces == 0)
        {
            return "–";
        }

        double serial = Math.Max(0, (1 / share) - 1);
        double turns = Math.Ceiling((double)pieces / Simulated);
        return FormattableString.Invariant($"{1 / (serial + ((1 - serial) * turns / pieces)):F1}");
    }

    private sealed class Product(CpuBackend backend, Tensor weight, StorageType storage) : IDisposable
    {
        private readonly PackedWeight packed = backend.Pack(weight, storage);
        private readonly Tensor input = RandomWeight.Create(Tokens, weight.Columns, 0, 1);
        private readonly Tensor output = Tensor.Allocate(Tokens, weight.RowCount);

        /// <summary>Into how many pieces of about one cost a sparse product falls; 0 for others.</summary>
        public int Pieces => packed is SparseWeight sparse ? sparse.Pieces(Tokens) : 0;

        public void Run() => backend.Linear(input, packed, null, Activation.Identity, output);

        public void Dispose()
        {
            packed.Dispose();
            input.Dispose();
            output.Dispose();
        }
    }
}
