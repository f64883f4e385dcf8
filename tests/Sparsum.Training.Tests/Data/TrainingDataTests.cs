using Sparsum.Core;
using Sparsum.Training.Data;
using Xunit;

namespace Sparsum.Training.Tests.Data;

public class TrainingDataTests
{
    [Fact]
    public void A_batch_is_padded_on_the_right_to_its_longest_example()
    {
        var batch = new TrainingBatch(
            [
                new TrainingExample([5, 6]) { TokenTypeIds = [0, 1], TokenLabels = [5, 6] },
                new TrainingExample([7, 8, 9]),
            ],
            paddingToken: 4);

        Assert.Equal([5, 6, 4, 7, 8, 9], batch.Tokens.InputIds);
        Assert.Equal(new byte[] { 1, 1, 0, 1, 1, 1 }, batch.Tokens.AttentionMask);
        Assert.Equal([0, 1, 0, 0, 0, 0], batch.Tokens.TokenTypeIds!);
        Assert.Equal([5, 6, -100, -100, -100, -100], batch.TokenLabels);
    }

    [Fact]
    public void A_batch_of_equal_lengths_needs_no_mask() =>
        Assert.Null(new TrainingBatch([new TrainingExample([1, 2]), new TrainingExample([3, 4])], 0).Tokens.AttentionMask);

    [Fact]
    public void The_batch_at_a_position_does_not_depend_on_what_was_read_before()
    {
        var examples = Enumerable.Range(0, 25).Select(i => new TrainingExample([.. Enumerable.Range(0, 1 + (i % 4))]) { Label = i }).ToList();
        var data = new TrainingData(examples, new DataOptions { BatchSize = 4 });
        var read = data.BatchAt(new DataPosition(0, 0)).Concat(data.BatchAt(new DataPosition(1, 3))).ToList();
        var fresh = new TrainingData(examples, new DataOptions { BatchSize = 4 });

        Assert.Equal(read[4..], fresh.BatchAt(new DataPosition(1, 3)));
        Assert.Single(data.BatchAt(new DataPosition(1, 6)));
        Assert.Throws<ArgumentOutOfRangeException>(() => data.BatchAt(new DataPosition(0, 7)));
    }

    [Fact]
    public void The_fingerprint_tells_every_difference()
    {
        TrainingExample[] examples = [new([1, 2]) { Label = 1 }, new([3])];
        var options = new DataOptions();
        string[] prints =
        [
            .. new[]
            {
                new TrainingData(examples, options),
                new TrainingData([examples[1], examples[0]], options),
                new TrainingData([examples[0] with { Label = 0 }, examples[1]], options),
                new TrainingData([examples[0] with { TokenLabels = [1, 2] }, examples[1]], options),
                new TrainingData([new([1]) { Label = 1 }, new([2, 3])], options),
                new TrainingData(examples, options with { BatchSize = 2 }),
                new TrainingData(examples, options with { Seed = 1 }),
            }.Select(data => data.Fingerprint),
        ];

        Assert.Equal(prints.Length, prints.Distinct().Count());
        Assert.Equal(prints[0], new TrainingData([.. examples], options with { }).Fingerprint);
    }

    [Fact]
    public void Data_that_cannot_be_trained_on_is_refused()
    {
        Assert.Equal("no-examples", Assert.Throws<InvalidInputException>(() => new TrainingData([], new DataOptions())).Code);
        Assert.Equal("bad-example", Refuse(new TrainingExample([])));
        Assert.Equal("bad-example", Refuse(new TrainingExample([1]) { TokenTypeIds = [0, 0] }));
        Assert.Equal("bad-example", Refuse(new TrainingExample([1]) { TokenLabels = [] }));

        static string Refuse(TrainingExample example) =>
            Assert.Throws<InvalidInputException>(() => new TrainingData([example], new DataOptions())).Code;
    }
}
