using Sparsum.Training.Data;
using Sparsum.Training.Pretraining;
using Xunit;

namespace Sparsum.Training.Tests.Pretraining;

public class TokenMaskingTests
{
    private const int Mask = 4;

    private static readonly PlainTokenizer Tokenizer = new(isBert: true);
    private static readonly TrainingExample Example = Long(5000);

    [Fact]
    public void Hides_the_stated_shares_and_never_a_special_token()
    {
        var varied = new TokenMasking(Tokenizer, new MaskingOptions { Seed = 3 }).Vary(Example, 0, 0);

        int[] asked = [.. Enumerable.Range(0, 5000).Where(i => varied.TokenLabels![i] != TrainingBatch.IgnoredLabel)];
        Assert.DoesNotContain(0, asked);
        Assert.DoesNotContain(4999, asked);
        Assert.All(asked, i => Assert.Equal(Example.InputIds[i], varied.TokenLabels![i]));
        Assert.All(Enumerable.Range(0, 5000).Except(asked), i => Assert.Equal(Example.InputIds[i], varied.InputIds[i]));
        double masked = asked.Count(i => varied.InputIds[i] == Mask);
        double kept = asked.Count(i => varied.InputIds[i] == Example.InputIds[i]);

        // Five standard deviations of each share; a random token is the same by chance once in 31.
        Assert.InRange(asked.Length / 5000.0, 0.125, 0.175);
        Assert.InRange(masked / asked.Length, 0.73, 0.87);
        Assert.InRange(kept / asked.Length, 0.05, 0.17);
        Assert.All(asked, i => Assert.True(varied.InputIds[i] == Mask || !Tokenizer.SpecialIds.Contains(varied.InputIds[i])));
    }

    [Fact]
    public void Depends_on_seed_epoch_and_example_alone()
    {
        var masking = new TokenMasking(Tokenizer, new MaskingOptions { Seed = 3 });
        int[] first = masking.Vary(Example, 7, 2).InputIds;

        Assert.Equal(first, new TokenMasking(Tokenizer, new MaskingOptions { Seed = 3 }).Vary(Example, 7, 2).InputIds);
        Assert.NotEqual(first, masking.Vary(Example, 7, 3).InputIds);
        Assert.NotEqual(first, masking.Vary(Example, 8, 2).InputIds);
        Assert.NotEqual(first, new TokenMasking(Tokenizer, new MaskingOptions { Seed = 4 }).Vary(Example, 7, 2).InputIds);
    }

    [Fact]
    public void A_short_example_hides_one_token_at_least()
    {
        var masking = new TokenMasking(Tokenizer, new MaskingOptions { Seed = 3 });
        var counts = Enumerable.Range(0, 50)
            .Select(index => masking.Vary(Long(5), index, 0).TokenLabels!.Count(label => label != TrainingBatch.IgnoredLabel))
            .ToList();

        Assert.All(counts, count => Assert.InRange(count, 1, 3));
        Assert.Contains(1, counts);
    }

    [Fact]
    public void The_data_shows_other_tokens_in_every_epoch_and_its_fingerprint_tells_the_masking()
    {
        var options = new DataOptions { BatchSize = 1, BucketBatches = 1 };
        var data = new TrainingData([Example], options, new TokenMasking(Tokenizer, new MaskingOptions { Seed = 3 }));
        var other = new TrainingData([Example], options, new TokenMasking(Tokenizer, new MaskingOptions { Seed = 4 }));
        var plain = new TrainingData([Example], options);

        Assert.NotEqual(data.BatchAt(new DataPosition(0, 0))[0].InputIds, data.BatchAt(new DataPosition(1, 0))[0].InputIds);
        Assert.Equal(data.BatchAt(new DataPosition(1, 0))[0].InputIds, data.BatchAt(new DataPosition(1, 0))[0].InputIds);
        Assert.Equal(3, new[] { data, other, plain }.Select(entry => entry.Fingerprint).Distinct().Count());
    }

    private static TrainingExample Long(int length)
    {
        int[] ids = [2, .. Enumerable.Range(0, length - 2).Select(i => 10 + (i * 7 % 26)), 3];
        return new TrainingExample(ids) { TokenLabels = ids };
    }
}
