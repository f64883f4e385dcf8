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
    public void A_shape_wastes_at_most_an_eighth()
    {
        using var workspace = new Workspace();
        foreach (int length in new[] { 1025, 5000, 123_457, 1_000_001 })
        {
            workspace.Rent(length).Dispose();
            Assert.InRange(workspace.IdleBytes, length * 4L, (length * 4L * 9 / 8) + 4096);
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
        workspace.Trim();
        Assert.Equal(0, workspace.IdleBytes);
        Assert.InRange(held, 1, workspace.MostRentedBytes * 3 / 2);
    }

    [Fact]
    public unsafe void Memory_may_outlive_the_pool_and_goes_with_its_last_piece()
    {
        var workspace = new Workspace();
        var first = workspace.RentBuffer(5000);
        var second = workspace.RentBuffer(1);
        var regions = new[] { first.Block!.Region, second.Block!.Region }.Distinct().ToList();
        workspace.Dispose();

        new Span<byte>(first.Pointer, 5000).Fill(1);
        Assert.Equal(5000, new Span<byte>(first.Pointer, 5000).Count((byte)1));
        workspace.Return(first);
        workspace.Return(second);

        Assert.All(regions, region => Assert.Throws<ObjectDisposedException>(() => (nint)region.Memory.Pointer));
        Assert.Throws<ObjectDisposedException>(() => workspace.Rent(1));
    }

    /// <summary>Small shapes never take what a large one of the same round will want.</summary>
    [Fact]
    public void A_round_of_any_shapes_is_repeated_in_its_own_memory()
    {
        using var workspace = new Workspace();
        long memory = 0;
        for (int round = 0; round < 4; round++)
        {
            workspace.Rent(4_000).Dispose();
            var small = workspace.Rent(2_500);
            var middle = workspace.Rent(3_000);
            small.Dispose();
            workspace.Rent(4_000).Dispose();
            middle.Dispose();

            memory = round == 0 ? workspace.IdleBytes : memory;
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
        long most = 0;
        for (int round = 0; round < 200; round++)
        {
            int length = random.Next(10, 130) * 1_000;
            var tensors = new[] { length, 4 * length, length }.Select(elements => workspace.Rent(elements)).ToList();
            most = Math.Max(most, tensors.Sum(tensor => tensor.Length) * sizeof(float));
            tensors.ForEach(tensor => tensor.Dispose());
            Assert.InRange(workspace.IdleBytes, 0, most * 2 * 2 * 9 / 8);
            Assert.InRange(workspace.IdleBytes, 0, (workspace.MostRentedBytes * 5 / 4) + (1 << 20));
        }

        Assert.InRange(most, 6 * 120_000 * sizeof(float), long.MaxValue);
    }
}
