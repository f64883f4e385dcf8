using System.Globalization;
using Sparsum.Benchmarks;
using Sparsum.Opponents;
using Sparsum.Opponents.Torch;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;

// Arguments: text, threads, a GGUF file, a prompt, tokens (24): what llama.cpp and Sparsum write. Or:
// decode|encoder|training|all (default all), threads (default 1), for training layers (12), rounds (9) and the precision of our products (highest|high).
string what = args.Length > 0 ? args[0] : "all";
int threads = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1;
var precision = what != "text" && args.Length > 4 ? Enum.Parse<Float32Precision>(args[4], ignoreCase: true) : Float32Precision.Highest;
using var backend = new CpuBackend(threads, precision);
Console.WriteLine($"{Processor.Name}; {backend.Description}");
if (what == "text")
{
    if (args.Length < 4)
    {
        Console.Error.WriteLine("text wants: threads, a GGUF file, a prompt, and, if you like, a number of tokens");
        return 2;
    }

    SameText.Run(backend, args[2], args[3], args.Length > 4 ? int.Parse(args[4], CultureInfo.InvariantCulture) : 24);
}

if (what is "decode" or "all")
{
    Decode.Run(backend);
}

if (what is "encoder" or "all")
{
    Encoder.Run(backend);
}

if (what is "training" or "all")
{
    int layers = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 12;
    int rounds = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 9;
    TorchSharp.torch.set_num_threads(threads);
    TorchDuels.Bert(backend, layers, rounds);
    TorchDuels.T5(backend, rounds);
}

return 0;
