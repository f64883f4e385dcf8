using Sparsum.Core;
using Sparsum.Training.Data;
using Sparsum.Training.Pretraining;
using Xunit;

namespace Sparsum.Training.Tests.Pretraining;

public class PackingTests
{
    private static readonly PlainTokenizer Bert = new(isBert: true);
    private static readonly PlainTokenizer Gpt = new(isBert: false);

    [Fact]
    public void Causal_text_is_one_stream_cut_into_full_sequences()
    {
        var examples = new CausalPacking().Pack(Gpt, ["abc", "de", "fgh"], 5);

        // 0 a b c 0 | d e 0 f g | h: a single token predicts nothing.
        Assert.Equal([[0, 10, 11, 12, 0], [13, 14, 0, 15, 16]], examples.Select(example => example.InputIds));
        Assert.All(examples, example => Assert.Equal(example.InputIds, example.TokenLabels));
        Assert.Equal([17, 18], new CausalPacking().Pack(Gpt, ["abc", "de", "fghi"], 5)[^1].InputIds);
    }

    [Fact]
    public void Masked_text_is_made_of_whole_lines()
    {
        var examples = new MaskedPacking().Pack(Bert, ["ab\ncd", "efg\nh", "ijklmno"], 7);

        // Room for 5: ab cd | efg h | ijklm | no.
        Assert.Equal(
            [[2, 10, 11, 12, 13, 3], [2, 14, 15, 16, 17, 3], [2, 18, 19, 20, 21, 22, 3], [2, 23, 24, 3]],
            examples.Select(example => example.InputIds));
    }

    [Fact]
    public void Masking_needs_a_tokenizer_with_its_tokens()
    {
        Assert.Equal("missing-special-token", Assert.Throws<InvalidInputException>(() => new MaskedPacking().Pack(Gpt, ["a"], 5)).Code);
        Assert.Equal("missing-special-token", Assert.Throws<InvalidInputException>(() => new TokenMasking(Gpt, new MaskingOptions())).Code);
    }

    [Fact]
    public void Sequences_are_kept_back_by_seed()
    {
        string[] documents = [.. Enumerable.Range(0, 40).Select(i => new string((char)('a' + (i % 26)), 4))];
        var options = new PretrainingTextOptions { SequenceLength = 5, BatchSize = 4, ValidationShare = 0.2, Seed = 1 };
        var text = PretrainingText.Create(PretrainingObjective.All[0], Gpt, documents, null, options);
        var again = PretrainingText.Create(PretrainingObjective.All[0], Gpt, documents, null, options);
        var other = PretrainingText.Create(PretrainingObjective.All[0], Gpt, documents, null, options with { Seed = 2 });

        Assert.Equal((32, 8), (text.Training.Examples.Count, text.Validation.Count));
        Assert.Equal(40, text.Training.Examples.Concat(text.Validation).Distinct().Count());
        Assert.Equal(Ids(text.Validation), Ids(again.Validation));
        Assert.NotEqual(Ids(text.Validation), Ids(other.Validation));
        Assert.Equal("text-too-short", Assert.Throws<InvalidInputException>(
            () => PretrainingText.Create(PretrainingObjective.All[0], Gpt, [""], null, options)).Code);
    }

    private static List<int[]> Ids(IEnumerable<TrainingExample> examples) => [.. examples.Select(example => example.InputIds)];
}
