using System.Globalization;
using Sparsum.Benchmarks.Native;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Benchmarks.Gemm;

/// <summary>Compares the matrix products with oneDNN and OpenBLAS and prints a table of GFLOP/s and ratios.</summary>
internal static class GemmComparison
{
    private const int Rounds = 15;
    private const double OperationsPerTiming = 1e9;

    /// <summary>Arguments: threads (default 1), and a part of the names of the shapes to run (default all).</summary>
    public static int Run(string[] arguments)
    {
        int threads = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1;
        string filter = arguments.Length > 1 ? arguments[1] : "";
        using var backend = new CpuBackend(threads);
        using var single = new CpuBackend(1);
        Console.WriteLine(backend.Description);
        Console.WriteLine(OneDnn.IsPresent ? "oneDNN: present" : "oneDNN: absent, left out");
        Console.WriteLine(OpenBlas.IsPresent ? $"OpenBLAS: {OpenBlas.CoreName} kernels" : "OpenBLAS: absent, left out");
        Console.WriteLine("GFLOP/s, in brackets times the first");
        foreach (var shape in GemmShape.All.Where(shape => shape.ToString().Contains(filter, StringComparison.Ordinal)))
        {
            using var operands = new GemmOperands(shape);
            using var packed = shape.Product == MatrixProduct.NT ? backend.Pack(operands.B) : null;
            var contenders = Contenders(shape, operands, backend, packed);
            if (threads > 1)
            {
                contenders.Add(Managed("managed, 1 thread", shape, operands, single));
            }

            foreach (var contender in contenders)
            {
                operands.Verify(contender);
            }

            int repeats = Math.Clamp((int)(OperationsPerTiming / shape.Operations), 1, 2000);
            var timings = Interleaved.Time(contenders, Rounds, repeats, threads == 1);
            Print(shape, contenders, timings);
        }

        return 0;
    }

    private static List<Contender> Contenders(GemmShape shape, GemmOperands operands, CpuBackend backend, PackedWeight? packed)
    {
        var contenders = new List<Contender>();
        if (OneDnn.IsPresent)
        {
            contenders.Add(new Contender("oneDNN", operands.RunOneDnn));
        }

        if (OpenBlas.IsPresent)
        {
            contenders.Add(new Contender("OpenBLAS", operands.RunOpenBlas));
        }

        contenders.Add(Managed("managed", shape, operands, backend));
        if (packed is not null)
        {
            contenders.Add(new Contender("packed", () => backend.Linear(operands.A, packed, null, Activation.Identity, operands.C)));
        }

        return contenders;
    }

    private static Contender Managed(string name, GemmShape shape, GemmOperands operands, CpuBackend backend) =>
        new(name, () => backend.MatMul(shape.Product, operands.A, operands.B, operands.C));

    private static void Print(GemmShape shape, List<Contender> contenders, Timings timings)
    {
        var cells = contenders.Select((contender, i) => string.Create(
            CultureInfo.InvariantCulture,
            $"{contender.Name} {shape.Operations / timings.Median(i) / 1e9:F1} ({timings.Ratio(i, 0):F2})"));
        Console.WriteLine($"| {shape} | {string.Join(" | ", cells)} |");
    }
}
