using Sparsum.Training.Data;
using Xunit;

namespace Sparsum.Training.Tests.Data;

public class BatchOrderTests
{
    private static readonly int[] Lengths = [.. Enumerable.Range(0, 103).Select(i => 1 + (i * 37 % 50))];

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(int.MaxValue)]
    public void An_epoch_has_every_example_once_and_a_short_batch_last(int bucketBatches)
    {
        var batches = new BatchOrder(Lengths, new DataOptions { BatchSize = 10, BucketBatches = bucketBatches }).Epoch(3);

        Assert.Equal(Enumerable.Range(0, 103), batches.SelectMany(batch => batch).Order());
        Assert.Equal([.. Enumerable.Repeat(10, 10), 3], batches.Select(batch => batch.Length));
    }

    [Fact]
    public void Batches_of_so_many_tokens_are_full_and_the_same_in_every_epoch()
    {
        var order = new BatchOrder(Lengths, new DataOptions { BatchSize = 40, BatchTokens = 100 });
        var (first, second) = (order.Epoch(0), order.Epoch(1));

        Assert.Equal(order.BatchesPerEpoch, first.Count);
        Assert.Equal(Enumerable.Range(0, 103), first.SelectMany(batch => batch).Order());
        Assert.All(first, batch => Assert.InRange(batch.Length * batch.Max(i => Lengths[i]), 1, 100));
        Assert.NotEqual(first, second);
        Assert.Equal(first.Select(batch => string.Join(' ', batch)).Order(), second.Select(batch => string.Join(' ', batch)).Order());

        // All that would have gone into the batch before begins the next one.
        var byLength = first.OrderBy(batch => batch.Max(i => Lengths[i])).ToList();
        Assert.All(byLength.Zip(byLength.Skip(1)), pair =>
            Assert.True((pair.First.Length + 1) * pair.Second.Min(i => Lengths[i]) > 100 || pair.First.Length == 40));
    }

    [Fact]
    public void Order_follows_from_seed_and_epoch_alone()
    {
        var order = new BatchOrder(Lengths, new DataOptions { BatchSize = 10 });
        var again = new BatchOrder(Lengths, new DataOptions { BatchSize = 10 });
        var other = new BatchOrder(Lengths, new DataOptions { BatchSize = 10, Seed = 43 });
        order.Epoch(0);

        Assert.Equal(order.Epoch(1), again.Epoch(1));
        Assert.NotEqual(order.Epoch(0), order.Epoch(1));
        Assert.NotEqual(order.Epoch(1), other.Epoch(1));
    }

    [Fact]
    public void Buckets_save_padding_and_do_not_order_batches_by_length()
    {
        int Padding(int bucketBatches) => Batches(bucketBatches).Sum(batch => (batch.Length * batch.Max(i => Lengths[i])) - batch.Sum(i => Lengths[i]));
        IReadOnlyList<int[]> Batches(int bucketBatches) => new BatchOrder(Lengths, new DataOptions { BatchSize = 10, BucketBatches = bucketBatches }).Epoch(0);

        Assert.True(Padding(100) * 4 < Padding(1), $"{Padding(100)} and {Padding(1)} padding tokens");
        int[] longest = [.. Batches(100).Take(10).Select(batch => batch.Max(i => Lengths[i]))];
        Assert.NotEqual(longest.Order(), longest);
    }

    [Fact]
    public void First_positions_are_taken_by_every_example_about_as_often()
    {
        var counts = new int[5];
        for (int epoch = 0; epoch < 5000; epoch++)
        {
            counts[new BatchOrder([1, 1, 1, 1, 1], new DataOptions { BatchSize = 1, BucketBatches = 1 }).Epoch(epoch)[0][0]]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 880, 1120));
    }
}
