using System.Text.Json;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>What becomes of calibration text in models with an encoder.</summary>
public sealed class CalibrationFrameTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_encoder_reads_documents_between_its_special_tokens()
    {
        var set = Load(TinyConfigs.Bert, WriteDocuments("abcdefghijkl", "xy", "", "pqr"), samples: 12, length: 8);

        // What random.seed(3) and randint(0, 3) draw in CPython; the empty document is drawn again.
        int[] drawn = [1, 1, 2, 3, 0, 0, 3, 2, 1, 1, 3, 3, 3, 1];
        int[][] documents = [Ids("abcdef"), Ids("xy"), [], Ids("pqr")];
        int[][] expected = [.. drawn.Where(document => document != 2).Select(document => (int[])[1, .. documents[document], 2])];
        Assert.Equal(expected, set.Sequences);
        Assert.Null(set.Targets);
        Assert.Equal((CalibrationRules.Documents, drawn.Length), (set.Provenance.Rule, set.Provenance.DocumentDraws));
        Assert.Equal((8, expected.Sum(ids => ids.Length)), (set.Provenance.SequenceLength, set.Provenance.Tokens));
    }

    [Fact]
    public void The_first_samples_do_not_depend_on_how_many_follow()
    {
        string file = WriteDocuments("abcdefghijkl", "xy", "pqr");
        var many = Load(TinyConfigs.T5, file, samples: 9, length: 5);
        var few = Load(TinyConfigs.T5, file, samples: 4, length: 5);
        var first = many.First(4);
        Assert.Equal(few.Sequences, first.Sequences);
        Assert.Equal(few.Targets, first.Targets);
        Assert.Same(few, few.First(4));
    }

    [Theory]
    [InlineData("abcdefghijklmn", "abcd", "efgh")]
    [InlineData("abcdefgh", "abcd", "efgh")]
    [InlineData("abcde", "abc", "de")]
    [InlineData("ab", "a", "b")]
    public void An_encoder_and_its_decoder_read_one_half_each(string text, string source, string target)
    {
        var set = Load(TinyConfigs.T5, WriteDocuments(text), samples: 1, length: 5);
        Assert.Equal([.. Ids(source), 2], set.Sequences[0]);
        Assert.Equal([9, .. Ids(target)], set.Targets![0]);
    }

    [Fact]
    public void Plain_text_is_cut_into_windows_that_leave_room_for_special_tokens()
    {
        File.WriteAllText(folder["data.txt"], new string('x', 40));

        var encoder = Load(TinyConfigs.Bert, folder["data.txt"], samples: 2, length: 8);
        var pair = Load(TinyConfigs.T5, folder["data.txt"], samples: 2, length: 8);

        Assert.All(encoder.Sequences, ids => Assert.Equal([1, .. Ids("xxxxxx"), 2], ids));
        Assert.All(pair.Sequences, ids => Assert.Equal([.. Ids("xxxxxxx"), 2], ids));
        Assert.All(pair.Targets!, ids => Assert.Equal([9, .. Ids("xxxxxxx")], ids));
        Assert.Equal((CalibrationRules.Stream, 16, 16), (pair.Provenance.Rule, pair.Provenance.Tokens, pair.Provenance.TargetTokens));
    }

    [Fact]
    public void Text_from_which_no_sample_can_be_made_is_refused()
    {
        var error = Assert.Throws<InvalidInputException>(() => Load(TinyConfigs.T5, WriteDocuments("a", "b", "c"), samples: 1, length: 8));
        Assert.Equal(("calibration-too-short", folder["data.jsonl"]), (error.Code, error.File));
        error = Assert.Throws<InvalidInputException>(() => Load(TinyConfigs.Bert, WriteDocuments("abc"), samples: 1, length: 2));
        Assert.Equal(("option-out-of-range", "sequence-length"), (error.Code, error.Option));
    }

    [Fact]
    public void Padding_of_ready_ids_is_cut_off_on_either_side()
    {
        var set = LoadIds(
            TinyConfigs.T5,
            """
            {
              "input_ids": [[5, 6, 7, 0], [0, 0, 8, 9], [1, 2, 3, 4]],
              "attention_mask": [[1, 1, 1, 0], [0, 0, 1, 1], [1, 1, 1, 1]],
              "decoder_input_ids": [[9, 5], [9, 0], [9, 7]],
              "decoder_attention_mask": [[1, 1], [1, 0], [1, 1]]
            }
            """);
        Assert.Equal([[5, 6, 7], [8, 9], [1, 2, 3, 4]], set.Sequences);
        Assert.Equal([[9, 5], [9], [9, 7]], set.Targets!);
        Assert.Equal((4, 9, 5), (set.SequenceLength, set.TokenCount, set.TargetTokenCount));
    }

    [Fact]
    public void The_hash_tells_where_sequences_end()
    {
        string Hash(string ids) => LoadIds(TinyConfigs.Bert, ids).Provenance.IdsSha256;

        string whole = Hash("""{ "input_ids": [[5, 6], [7, 8]] }""");
        Assert.Equal(whole, Hash("""{ "input_ids": [[5, 6], [7, 8]], "decoder_input_ids": [[1], [2]] }"""));
        string first = Hash("""{ "input_ids": [[5, 6, 7], [8, 0, 0]], "attention_mask": [[1, 1, 1], [1, 0, 0]] }""");
        string second = Hash("""{ "input_ids": [[5, 0, 0], [6, 7, 8]], "attention_mask": [[1, 0, 0], [1, 1, 1]] }""");
        Assert.Equal(3, new[] { whole, first, second }.Distinct().Count());
    }

    [Theory]
    [InlineData("""{ "input_ids": [[1, 2]], "attention_mask": [[1]] }""", "malformed-ids")]
    [InlineData("""{ "input_ids": [[1, 2]], "attention_mask": [[0, 0]] }""", "malformed-ids")]
    [InlineData("""{ "input_ids": [[1, 2, 3]], "attention_mask": [[1, 0, 1]] }""", "malformed-ids")]
    [InlineData("""{ "input_ids": [[1, 2]], "decoder_input_ids": [[1], [2]] }""", "malformed-ids")]
    [InlineData("""{ "input_ids": [[1, 2]], "decoder_input_ids": [[256]] }""", "id-out-of-vocabulary")]
    [InlineData("""{ "input_ids": [[1, 2]] }""", "missing-targets")]
    [InlineData("""[[1, 2]]""", "missing-targets")]
    public void Ids_that_do_not_fit_together_are_refused(string ids, string code) =>
        Assert.Equal(code, Assert.Throws<InvalidInputException>(() => LoadIds(TinyConfigs.T5, ids)).Code);

    private static int[] Ids(string text) => [.. text.Select(letter => (int)letter)];

    private string WriteDocuments(params string[] texts)
    {
        File.WriteAllLines(folder["data.jsonl"], texts.Select(text => JsonSerializer.Serialize(new { text })));
        return folder["data.jsonl"];
    }

    private static CalibrationSet Load(ModelConfig config, string file, int samples, int length)
    {
        using var model = ArchitectureRegistry.BuiltIn.Of(config).Create(config);
        var tokenizer = new LetterTokenizer(model is EncoderModel ? [1] : [], [2]);
        var options = new CalibrationOptions { File = file, Samples = samples, SequenceLength = length, Seed = 3 };
        return CalibrationLoader.LoadText(options, TextFile.Read(file), new CalibrationFrame(model, tokenizer, length), default);
    }

    private static CalibrationSet LoadIds(ModelConfig config, string ids)
    {
        using var model = new TestModel(config, ids);
        using var pretrained = PretrainedModel.Open(model.Input);
        return CalibrationLoader.Load(new CalibrationOptions { File = model.Ids }, pretrained);
    }
}
