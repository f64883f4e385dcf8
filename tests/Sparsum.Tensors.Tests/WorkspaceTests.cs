using Sparsum.Tensors.Memory;
using Xunit;

namespace Sparsum.Tensors.Tests;

public class WorkspaceTests
{
    [Fact]
    public void RentReturnsTheSameMemoryAfterDispose()
    {
        using var workspace = new Workspace();
        nint first;
        unsafe
        {
            using (var tensor = workspace.Rent(7, 33))
            {
                first = (nint)tensor.Pointer;
            }

            using var again = workspace.Rent(33, 7);
            Assert.Equal(first, (nint)again.Pointer);
            Assert.Equal(0, first % NativeBuffer.Alignment);
        }
    }

    [Fact]
    public void SizeClassesWasteAtMostAnEighth()
    {
        using var workspace = new Workspace();
        foreach (int length in new[] { 1025, 5000, 123_457, 1_000_001 })
        {
            workspace.Rent(length).Dispose();
            Assert.InRange(workspace.IdleBytes, length * 4L, (length * 4L * 9 / 8) + 4096);
            workspace.Trim();
        }
    }
}
