using System.Diagnostics;
using System.Globalization;

namespace Sparsum.Benchmarks.Training;

/// <summary>
/// The same step in PyTorch, in a process of its own that does a step whenever it is told to: with the fastest kernels that its BLAS library
/// has for this machine, which it does not choose by itself in every process.
/// </summary>
internal sealed class PyTorchStep : IDisposable
{
    private static readonly string[] Cores = ["Haswell", "Zen", "SkylakeX", "Cooperlake"];
    private readonly Process process;

    private PyTorchStep(Process process, string description) => (this.process, Description) = (process, description);

    /// <summary>Version and kernels.</summary>
    public string Description { get; }

    private static string Interpreter => Environment.GetEnvironmentVariable("PYTHON") ?? "/usr/bin/python3";

    private static string Script => Path.Combine(AppContext.BaseDirectory, "encoder_step.py");

    /// <summary>Starts PyTorch and lets it do one step; null where there is no PyTorch.</summary>
    public static PyTorchStep? TryStart(StepShape shape, int threads)
    {
        var speeds = Cores.Select(core => (Core: core, Speed: Probe(core, threads))).ToList();
        var (core, speed) = speeds.MaxBy(item => item.Speed);
        if (speed == 0)
        {
            return null;
        }

        var process = Start(
            core,
            threads,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{shape.Config.NumHiddenLayers} {shape.Batch} {shape.Length} {shape.Config.HiddenDropoutProb}"));
        string version = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("PyTorch ended before its first step.");
        string tried = string.Join(", ", speeds.Select(item => string.Create(CultureInfo.InvariantCulture, $"{item.Core} {item.Speed:F0}")));
        return new PyTorchStep(process, $"{version}, OpenBLAS kernels {core} (GFLOP/s: {tried})");
    }

    /// <summary>Does one step.</summary>
    public StepTime Run()
    {
        process.StandardInput.WriteLine();
        process.StandardInput.Flush();
        double[] numbers =
        [
            .. (process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("PyTorch ended in a step."))
                .Split(' ')
                .Select(number => double.Parse(number, CultureInfo.InvariantCulture)),
        ];
        return new StepTime(numbers[0], numbers[1]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }

    /// <summary>GFLOP/s with some kernels; 0 where they do not run.</summary>
    private static double Probe(string core, int threads)
    {
        try
        {
            using var probe = Start(core, threads, "probe");
            string output = probe.StandardOutput.ReadToEnd();
            probe.WaitForExit();
            return probe.ExitCode == 0 ? double.Parse(output, CultureInfo.InvariantCulture) : 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return 0;
        }
    }

    private static Process Start(string core, int threads, string arguments)
    {
        var start = new ProcessStartInfo(Interpreter, $"\"{Script}\" {threads} {arguments}")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OPENBLAS_CORETYPE"] = core;
        start.Environment["OMP_NUM_THREADS"] = threads.ToString(CultureInfo.InvariantCulture);
        start.Environment["ATEN_CPU_CAPABILITY"] = System.Runtime.Intrinsics.X86.Avx512F.IsSupported ? "avx512" : "avx2";
        return Process.Start(start)!;
    }
}
