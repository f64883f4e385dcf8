using Sparsum.Testing;
using Xunit;

namespace Sparsum.Core.Tests;

public class ProcessGroupTests
{
    [Theory]
    [InlineData(1, 7)]
    [InlineData(2, 1)]
    [InlineData(2, 9_000_003)]
    [InlineData(3, 2)]
    [InlineData(3, 1000)]
    [InlineData(5, 0)]
    public void Sums_add_in_the_order_of_the_ranks(int size, int count)
    {
        // Large and small numbers of both signs, whose sum depends on the order.
        static float Value(int rank, int i) => (rank % 2 == 0 ? 1 : -1) * (1e8f / (rank + 1)) + (i * 0.37f) + rank;
        float[] expected = [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(1, size - 1).Aggregate(Value(0, i), (sum, rank) => sum + Value(rank, i)))];

        float[][] sums = ThreadGroup.Run(size, group =>
        {
            float[] values = [.. Enumerable.Range(0, count).Select(i => Value(group.Rank, i))];
            group.Sum<float>(values);
            return values;
        });

        Assert.All(sums, sum => Assert.Equal(expected, sum));
    }

    [Theory]
    [InlineData(new[] { 3, 0, 5, 1 })]
    [InlineData(new[] { 4_000_000, 400_000, 1, 5_000_000, 7, 4_194_304 })]
    [InlineData(new[] { 5_000_000 })]
    [InlineData(new int[0])]
    public void Lists_are_summed_like_one(int[] lengths)
    {
        float[][] expected = [.. lengths.Select((length, list) => Enumerable.Range(0, length).Select(i => (2f * (i + list)) + 1).ToArray())];

        float[][][] sums = ThreadGroup.Run(2, group =>
        {
            float[][] lists = [.. lengths.Select((length, list) => Enumerable.Range(0, length).Select(i => (float)(i + list + group.Rank)).ToArray())];
            group.Sum<float>(lists.Length, index => lists[index]);
            return lists;
        });

        Assert.All(sums, sum => Assert.Equal(expected, sum));
    }

    [Fact]
    public void Sums_of_doubles_and_integers_are_exact()
    {
        var sums = ThreadGroup.Run(3, group => (group.Sum(0.25 * (group.Rank + 1)), group.Sum((1L << 40) + group.Rank)));

        Assert.All(sums, sum => Assert.Equal((1.5, (3L << 40) + 3), sum));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Shares_are_neighbours_that_make_up_the_whole(int size)
    {
        int[][] shares = ThreadGroup.Run(size, group => Enumerable.Range(0, 7).Take(group.ShareOf(7)).ToArray());

        Assert.Equal(Enumerable.Range(0, 7), shares.SelectMany(share => share));
        Assert.InRange(shares.Max(share => share.Length) - shares.Min(share => share.Length), 0, 1);
    }

    [Fact]
    public void All_have_what_one_gives()
    {
        var got = ThreadGroup.Run(3, group =>
        {
            byte[] bytes = [(byte)group.Rank, 9];
            group.Broadcast(bytes, rank: 2);
            return (bytes, Text: group.FromFirst(group.IsFirst ? [1, 2, 3] : []), All: group.Gather([(byte)group.Rank]), Yes: group.FromFirst(group.IsFirst));
        });

        Assert.All(got, item =>
        {
            Assert.Equal([2, 9], item.bytes);
            Assert.Equal([1, 2, 3], item.Text);
            Assert.Equal([0, 1, 2], item.All.Select(bytes => bytes.Single()));
            Assert.True(item.Yes);
        });
    }

    [Fact]
    public void Differences_are_refused_by_all_with_the_first_that_differs()
    {
        string?[] found = ThreadGroup.Run(3, group =>
        {
            group.RequireSame([7], "data");
            return Assert.Throws<InvalidInputException>(() => group.RequireSame([(byte)(group.Rank == 1 ? 1 : 0)], "data")).Found;
        });

        Assert.All(found, text => Assert.Contains("process 1 of 3 has another data than process 0", text, StringComparison.Ordinal));
    }

    [Fact]
    public void Others_begin_with_the_state_of_a_resumed_run_and_leave_nothing()
    {
        using var folder = new TemporaryFolder();
        string target = folder["out"];
        using (var begun = OutputFolder.Open(target, [], stateFile: "state"))
        {
            begun.Begin();
            File.WriteAllText(begun.State("state"), "step 7");
            Directory.CreateDirectory(begun.State("search"));
            File.WriteAllBytes(Path.Combine(begun.State("search"), "large.bin"), new byte[20_000_000]);
            File.WriteAllText(Path.Combine(begun.Output, "weights"), "of the owner");
        }

        var seen = ThreadGroup.Run(3, group =>
        {
            using var shared = SharedFolder.Open(group, target, [], ExistingOutput.Resume, "state");
            shared.Begin();
            var found = (shared.Work, shared.IsOwner, shared.IsResumed, State: File.ReadAllText(shared.State("state")),
                new FileInfo(Path.Combine(shared.State("search"), "large.bin")).Length, HasWeights: File.Exists(Path.Combine(shared.Output, "weights")));
            group.Gather([0]);
            shared.Publish();
            return found;
        });

        Assert.All(seen.Index(), item => Assert.Equal((item.Index == 0, true, "step 7", 20_000_000, item.Index == 0), (item.Item.IsOwner, item.Item.IsResumed, item.Item.State, item.Item.Length, item.Item.HasWeights)));
        Assert.All(seen, item => Assert.False(Directory.Exists(item.Work)));
        Assert.Equal("of the owner", File.ReadAllText(Path.Combine(target, "weights")));
    }
}
