using BenchmarkDotNet.Running;
using Sparsum.Benchmarks;
using Sparsum.Benchmarks.Gemm;
using Sparsum.Benchmarks.Generation;
using Sparsum.Benchmarks.LowPrecision;
using Sparsum.Benchmarks.Sparse;
using Sparsum.Benchmarks.Training;

switch (args)
{
    case ["gemm", .. var rest]:
        return Relaunch.WithThreads(rest) ?? GemmComparison.Run(rest);
    case ["sparse", .. var rest]:
        return SparseComparison.Run(rest);
    case ["two-threads"]:
        return ThreadComparison.Run();
    case ["one-token", .. var rest]:
        return OneTokenComparison.Run(rest);
    case ["decoding", .. var rest]:
        return DecodingComparison.Run(rest);
    case ["step", .. var rest]:
        return StepTiming.Run(rest);
    case ["training-step", .. var rest]:
        return StepComparison.Run(rest);
    case ["profile", .. var rest]:
        return StepProfile.Run(rest);
    case ["bdn", .. var rest]:
        BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(rest);
        return 0;
    default:
        Console.Error.WriteLine("usage: gemm [threads] [part of a shape's name] | sparse [threads] [part of a shape's name] | two-threads | one-token [threads] [size] | decoding [threads] [context] | step [threads] | training-step [threads] [layers] [rounds] [dropout] | profile base|small [threads] [highest|high] | bdn [BenchmarkDotNet options]");
        return 2;
}
