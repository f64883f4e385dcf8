using System.Globalization;
using Sparsum.Benchmarks.Sparse;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Benchmarks.LowPrecision;

/// <summary>
/// One token by one matrix in every storage, dense and with zeros, beside a plain read of as many bytes: milliseconds, bytes per second as
/// a share of the read's, and the gain over float32.
/// </summary>
internal static class OneTokenComparison
{
    private const int Rounds = 15;

    private static readonly (string Name, StorageType Storage, double Zeros, int Group)[] Cases =
    [
        ("float32", StorageType.Float32, 0, 1),
        ("bfloat16", StorageType.BFloat16, 0, 1),
        ("int8", StorageType.Int8, 0, 1),
        ("int8-rows-a16", StorageType.Int8RowsA16, 0, 1),
        ("sparse float32", StorageType.Sparse, 0.9, 1),
        ("sparse bfloat16", StorageType.SparseBFloat16, 0.5, 1),
        ("sparse bfloat16", StorageType.SparseBFloat16, 0.7, 1),
        ("sparse bfloat16", StorageType.SparseBFloat16, 0.9, 1),
        ("sparse int8", StorageType.SparseInt8, 0.5, 1),
        ("sparse int8 2:4", StorageType.SparseInt8, 0.5, 0),
        ("sparse int8", StorageType.SparseInt8, 0.7, 1),
        ("sparse int8", StorageType.SparseInt8, 0.9, 1),
        ("sparse-int8-rows-a16", StorageType.SparseInt8RowsA16, 0.5, 1),
        ("sparse-int8-rows-a16 2:4", StorageType.SparseInt8RowsA16, 0.5, 0),
        ("sparse-int8-rows-a16", StorageType.SparseInt8RowsA16, 0.7, 1),
        ("sparse-int8-rows-a16", StorageType.SparseInt8RowsA16, 0.9, 1),
    ];

    /// <summary>Arguments: threads (default 1), and columns (default 4096; rows are four times as many, which no cache holds).</summary>
    public static int Run(string[] arguments)
    {
        int threads = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1;
        int size = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 4096;
        using var backend = new CpuBackend(threads);
        Console.WriteLine($"{Processor.Name}; {backend.Description}; {4 * size} x {size}");
        using var input = RandomWeight.Create(1, size, 0, 1);
        using var output = Tensor.Allocate(1, 4 * size);
        using var cold = Tensor.Zeros(1 << 24);
        var packed = new List<PackedWeight>();
        var contenders = new List<Contender> { new("plain read", () => PlainRead.Run(backend, cold)) };
        using var full = RandomWeight.Create(4 * size, size, 0, 1);
        foreach (var (name, storage, zeros, group) in Cases)
        {
            using var weight = full.Clone();
            Prune(weight, zeros, group);
            var pack = backend.Pack(weight, storage);
            packed.Add(pack);
            contenders.Add(new Contender(name, () => backend.Linear(input, pack, null, Activation.Identity, output)));
        }

        var timings = Interleaved.Time(contenders, Rounds, 4, threads == 1);
        double read = cold.Length * sizeof(float) / timings.Median(0) / 1e9;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"plain read: {read:F1} GB/s"));
        Console.WriteLine("| storage | zeros | ms | GB/s | of a plain read | float32 / it | dense int8 / it |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
        for (int i = 0; i < packed.Count; i++)
        {
            double bytes = packed[i].ByteCount / timings.Median(i + 1) / 1e9;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {Cases[i].Name} | {Cases[i].Zeros:P0} | {timings.Median(i + 1) * 1e3:F3} | {bytes:F1} | {bytes / read:F2} | {timings.Ratio(i + 1, 1):F2} | {timings.Ratio(i + 1, 3):F2} |"));
            packed[i].Dispose();
        }

        return 0;
    }

    /// <summary>Sets a share of the values to zero, or with group 0 two of four.</summary>
    private static void Prune(Tensor weight, double zeros, int group)
    {
        Parallel.For(0, weight.RowCount, row =>
        {
            var random = new Random(row);
            var values = weight.Row(row);
            for (int start = 0; start < values.Length && zeros > 0; start += 4)
            {
                if (group == 0)
                {
                    int first = random.Next(4);
                    (values[start + first], values[start + ((first + random.Next(1, 4)) % 4)]) = (0, 0);
                    continue;
                }

                foreach (ref float value in values.Slice(start, 4))
                {
                    value = random.NextDouble() < zeros ? 0 : value;
                }
            }
        });
    }
}
