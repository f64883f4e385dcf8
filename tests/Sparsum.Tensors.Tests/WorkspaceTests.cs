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

    /// <summary>Only the last region may be larger than what is asked for, by an eighth of all or a megabyte.</summary>
    [Fact]
    public void A_pool_holds_little_more_than_was_out()
    {
        using var workspace = new Workspace();
        foreach (int length in new[] { 1025, 5000, 123_457, 1_000_001, 3_000_001 })
        {
            workspace.Rent(length).Dispose();
            Assert.InRange(workspace.IdleBytes, length * 4L, (workspace.MostRentedBytes * 9 / 8) + (2 << 20));
            workspace.Trim();
            Assert.Equal(0, workspace.IdleBytes);
        }
    }

    /// <summary>Whatever the order, nobody's memory is another's, and all of it becomes one piece again.</summary>
    [Fact]
    public void Pieces_never_overlap_and_join_again()
    {
        using var workspace = new Workspace();
        var random = new Random(1);
        var live = new List<(Tensor Tensor, float Mark)>();
        for (int i = 0; i < 3000; i++)
        {
            if (live.Count < 40 && random.Next(2) == 0)
            {
                var tensor = workspace.Rent(random.Next(1, 200_000));
                tensor.Span.Fill(i);
                live.Add((tensor, i));
            }
            else if (live.Count > 0)
            {
                int place = random.Next(live.Count);
                var (tensor, mark) = live[place];
                Assert.True(tensor.Span.IndexOfAnyExcept(mark) < 0);
                tensor.Dispose();
                live.RemoveAt(place);
            }
        }

        live.ForEach(pair => pair.Tensor.Dispose());
        Assert.Equal(0, workspace.RentedBytes);
        long held = workspace.IdleBytes;
        using var all = workspace.Rent(checked((int)(held / sizeof(float))));
        Assert.Equal(0, workspace.IdleBytes);
    }

    [Fact]
    public void A_tensor_may_outlive_the_pool()
    {
        long before = NativeBuffer.LiveBytes;
        var workspace = new Workspace();
        var tensor = workspace.Rent(2_000_000);
        var other = workspace.Rent(3);
        workspace.Dispose();
        tensor.Span.Fill(1);
        Assert.Equal(2_000_000, tensor.Span.Count(1f));
        tensor.Dispose();
        other.Dispose();
        Assert.Throws<ObjectDisposedException>(() => workspace.Rent(1));
        Assert.InRange(NativeBuffer.LiveBytes, 0, before + (1 << 20));
    }

    /// <summary>A small shape may take what a large one of the same round wants, until there is room for both.</summary>
    [Fact]
    public void Rounds_of_any_shapes_come_to_be_repeated_in_one_memory()
    {
        using var workspace = new Workspace();
        long memory = 0;
        for (int round = 0; round < 8; round++)
        {
            workspace.Rent(4_000).Dispose();
            var small = workspace.Rent(2_500);
            var middle = workspace.Rent(3_000);
            small.Dispose();
            workspace.Rent(4_000).Dispose();
            middle.Dispose();

            memory = round < 2 ? workspace.IdleBytes : memory;
            Assert.Equal(memory, workspace.IdleBytes);
        }
    }

    /// <summary>The switch of all test projects: without it, a kernel that reads what it did not write would pass unseen.</summary>
    [Fact]
    public void Memory_of_undefined_content_holds_NaN_in_tests()
    {
        using var workspace = new Workspace();
        var rented = workspace.Rent(3, 5);
        Assert.All(rented.ToArray(), value => Assert.Equal(float.NaN, value));
        rented.Clear();
        rented.Dispose();
        using var again = workspace.Rent(3, 5);
        Assert.All(again.ToArray(), value => Assert.Equal(float.NaN, value));
        using var allocated = Tensor.Allocate(7);
        Assert.All(allocated.ToArray(), value => Assert.Equal(float.NaN, value));
    }

    [Fact]
    public void Shapes_that_vary_hold_little_more_than_was_out()
    {
        using var workspace = new Workspace();
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            int length = random.Next(10, 130) * 1_000;
            var tensors = new[] { length, 4 * length, length }.Select(elements => workspace.Rent(elements)).ToList();
            tensors.ForEach(tensor => tensor.Dispose());
            Assert.InRange(workspace.IdleBytes, 0, (workspace.MostRentedBytes * 5 / 4) + (1 << 20));
        }

        Assert.InRange(workspace.MostRentedBytes, 6 * 120_000 * sizeof(float), long.MaxValue);
    }
}
