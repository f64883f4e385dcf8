using Sparsum.KernelGenerator;

if (args.Length != 1)
{
    Console.Error.WriteLine("usage: dotnet run --project tools/Sparsum.KernelGenerator -- src/Sparsum.Tensors/Backends/Cpu/Kernels");
    return 2;
}

foreach (var shape in KernelShape.All)
{
    File.WriteAllText(Path.Combine(args[0], shape.FileName), KernelWriter.Write(shape));
}

return 0;
