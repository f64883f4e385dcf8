using Sparsum.KernelGenerator;
using Xunit;

namespace Sparsum.Tensors.Tests;

public class GemmKernelSourceTests
{
    [Fact]
    public void TheCheckedInKernelsAreWhatTheGeneratorWrites()
    {
        string folder = Path.Combine(CheckoutRoot(), "src", "Sparsum.Tensors", "Backends", "Cpu", "Kernels");
        Assert.Equal(
            KernelShape.All.Select(shape => shape.FileName).Order(StringComparer.Ordinal),
            Directory.GetFiles(folder, "*.g.cs").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        foreach (var shape in KernelShape.All)
        {
            Assert.Equal(KernelWriter.Write(shape), File.ReadAllText(Path.Combine(folder, shape.FileName)));
        }
    }

    private static string CheckoutRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sparsum.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests do not run inside a checkout.");
    }
}
