using System.Diagnostics;

namespace Sparsum.Benchmarks;

/// <summary>
/// Starts this program once more with the environment that the native opponents read when they are loaded: the number of threads, and
/// for OpenBLAS the kernels to use, which it otherwise does not choose alike in every process.
/// </summary>
internal static class Relaunch
{
    private const string Marker = "SPARSUM_BENCHMARK_CHILD";

    /// <summary>The exit code of the child, or null when this is the child.</summary>
    public static int? WithThreads(string[] arguments)
    {
        if (Environment.GetEnvironmentVariable(Marker) is not null)
        {
            return null;
        }

        // Under the `dotnet` host the first argument is the program itself; an executable of its own is not told its name again.
        string[] command = Environment.GetCommandLineArgs();
        bool isHosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        var start = new ProcessStartInfo(Environment.ProcessPath!, isHosted ? command : command[1..]);
        string threads = arguments.Length > 0 ? arguments[0] : "1";
        start.Environment[Marker] = "1";
        start.Environment["OMP_NUM_THREADS"] = threads;
        start.Environment["OPENBLAS_NUM_THREADS"] = threads;
        start.Environment.TryAdd("OPENBLAS_CORETYPE", "Cooperlake");
        using var child = Process.Start(start)!;
        child.WaitForExit();
        return child.ExitCode;
    }
}
