using Sparsum.Core;
using Xunit;

namespace Sparsum.Mpi.Tests;

public class MpiLibraryTests
{
    [Fact]
    public void Without_a_library_the_error_says_what_to_install()
    {
        var error = Assert.Throws<InvalidInputException>(() => MpiLibrary.Load("/nowhere/libmpi.so"));

        Assert.Equal(("mpi-missing", "engine"), (error.Code, error.Option));
        Assert.Contains("/nowhere/libmpi.so", error.Found, StringComparison.Ordinal);
        Assert.Contains("openmpi-bin", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_that_is_not_Open_MPI_is_refused()
    {
        string other = OperatingSystem.IsWindows() ? "kernel32.dll" : OperatingSystem.IsMacOS() ? "libSystem.dylib" : "libc.so.6";

        var error = Assert.Throws<InvalidInputException>(() => MpiLibrary.Load(other));

        Assert.Equal("mpi-unsupported", error.Code);
        Assert.Contains(other, error.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_process_that_nobody_launched_joins_nothing()
    {
        Assert.False(MpiLaunch.IsLaunched);

        var error = Assert.Throws<InvalidInputException>(MpiGroup.Join);

        Assert.Equal("mpi-not-started", error.Code);
        Assert.Contains("mpirun", error.Hint, StringComparison.Ordinal);
    }
}
