using BenchmarkDotNet.Running;
using Sparsum.Benchmarks;
using Sparsum.Benchmarks.Gemm;

switch (args)
{
    case ["gemm", .. var rest]:
        return Relaunch.WithThreads(rest) ?? GemmComparison.Run(rest);
    case ["bdn", .. var rest]:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest);
        return 0;
    default:
        Console.Error.WriteLine("usage: gemm [threads] [part of a shape's name] | bdn [BenchmarkDotNet options]");
        return 2;
}
