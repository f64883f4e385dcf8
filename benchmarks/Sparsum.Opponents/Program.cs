using System.Globalization;
using Sparsum.Benchmarks;
using Sparsum.Opponents;
using Sparsum.Tensors.Backends.Cpu;

// Arguments: decode|encoder|all (default all), threads (default 1).
string what = args.Length > 0 ? args[0] : "all";
int threads = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
using var backend = new CpuBackend(threads);
Console.WriteLine($"{Processor.Name}; {backend.Description}");
if (what is "decode" or "all")
{
    Decode.Run(backend);
}

if (what is "encoder" or "all")
{
    Encoder.Run(backend);
}
