using System.Globalization;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Benchmarks.Sparse;

/// <summary>Compares products with sparse weights with the packed dense product of the same size and prints how many times faster they are.</summary>
internal static class SparseComparison
{
    private const int Rounds = 11;
    private const double OperationsPerTiming = 1e9;
    private static readonly double[] Shares = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95];

    /// <summary>Tokens, inputs, outputs.</summary>
    private static readonly (int Tokens, int Inputs, int Outputs)[] Shapes =
    [
        (1, 768, 3072), (1, 4096, 4096), (16, 768, 3072), (128, 768, 3072), (2048, 768, 768), (2048, 768, 3072), (2048, 3072, 768), (512, 4096, 4096),
    ];

    /// <summary>Arguments: threads (default 1), and a part of the names of the shapes to run (default all).</summary>
    public static int Run(string[] arguments)
    {
        int threads = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1;
        string filter = arguments.Length > 1 ? arguments[1] : "";
        using var backend = new CpuBackend(threads);
        Console.WriteLine(backend.Description);
        Console.WriteLine($"| tokens x inputs x outputs | pattern | dense ms | {string.Join(" | ", Shares.Select(Percent))} |");
        foreach (var (tokens, inputs, outputs) in Shapes.Where(shape => Name(shape).Contains(filter, StringComparison.Ordinal)))
        {
            foreach (int group in (int[])[1, 4])
            {
                Compare(backend, tokens, inputs, outputs, group);
            }
        }

        return 0;
    }

    private static void Compare(CpuBackend backend, int tokens, int inputs, int outputs, int group)
    {
        using var input = RandomWeight.Create(tokens, inputs, 0, 1);
        using var output = Tensor.Allocate(tokens, outputs);
        var packed = new List<PackedWeight>();
        foreach (double zeros in Shares)
        {
            using var weight = RandomWeight.Create(outputs, inputs, zeros, group);
            packed.Add(backend.Pack(weight, StorageType.Sparse));
        }

        using var full = RandomWeight.Create(outputs, inputs, 0, 1);
        packed.Insert(0, backend.Pack(full));
        var contenders = packed
            .Select(weight => new Contender("", () => backend.Linear(input, weight, null, Activation.Identity, output)))
            .ToList();
        int repeats = Math.Clamp((int)(OperationsPerTiming / (2.0 * tokens * inputs * outputs)), 1, 2000);
        var timings = Interleaved.Time(contenders, Rounds, repeats, backend.Threads == 1);
        var cells = packed.Select((weight, i) => i == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{timings.Median(0) * 1e3:F3}")
            : string.Create(CultureInfo.InvariantCulture, $"{timings.Ratio(i, 0):F2}"));
        Console.WriteLine($"| {Name((tokens, inputs, outputs))} | {(group == 1 ? "single" : "4x1")} | {string.Join(" | ", cells)} |");
        packed.ForEach(weight => weight.Dispose());
    }

    private static string Name((int Tokens, int Inputs, int Outputs) shape) => $"{shape.Tokens} x {shape.Inputs} x {shape.Outputs}";

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{share:P0}");
}
