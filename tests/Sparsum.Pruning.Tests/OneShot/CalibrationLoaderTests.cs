using System.Text.Json;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

public sealed class CalibrationLoaderTests
{
    [Fact]
    public void Json_lines_are_drawn_as_documents()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["data.jsonl"], Enumerable.Range(0, 9).Select(i => JsonSerializer.Serialize(new { text = new string((char)('a' + i), 40) })));

        var set = LoadText(folder["data.jsonl"]);

        Assert.Equal(CalibrationRules.C4, set.Provenance.Rule);
        Assert.Equal((9, 4, 16, 7L), (set.Provenance.Documents, set.Samples, set.SequenceLength, set.Provenance.Seed));
        Assert.Equal(4, set.Provenance.DocumentDraws);
        Assert.All(set.Sequences, ids => Assert.Single(ids.Distinct().Except([1])));
    }

    [Fact]
    public void Of_ready_ids_the_first_are_taken()
    {
        using var model = new TestModel(samples: 3, tokens: 10);
        using var pretrained = PretrainedModel.Open(model.Input);
        var all = CalibrationLoader.Load(new CalibrationOptions { File = model.Ids }, pretrained);

        var two = CalibrationLoader.Load(new CalibrationOptions { File = model.Ids, Samples = 2 }, pretrained);

        Assert.Equal((3, 2), (all.Samples, two.Samples));
        Assert.Equal(all.Sequences.Take(2), two.Sequences);
        Assert.Equal(all.First(2).Provenance.IdsSha256, two.Provenance.IdsSha256);
    }

    [Fact]
    public void Plain_text_is_a_stream()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["data.txt"], new string('x', 40));

        var set = LoadText(folder["data.txt"]);

        Assert.Equal((CalibrationRules.Stream, 1, 0), (set.Provenance.Rule, set.Provenance.Documents, set.Provenance.DocumentDraws));
        Assert.Equal(64, set.Provenance.FileSha256.Length);
    }

    [Fact]
    public void Short_documents_can_be_joined()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["data.jsonl"], Enumerable.Repeat("{\"text\": \"abcdefgh\"}", 6));

        var error = Assert.Throws<InvalidInputException>(() => LoadText(folder["data.jsonl"]));
        var set = LoadText(folder["data.jsonl"], CalibrationRules.Stream);

        Assert.Equal(("calibration-too-short", folder["data.jsonl"]), (error.Code, error.File));
        Assert.Equal(4, set.Samples);
    }

    [Fact]
    public void Ready_ids_are_used_as_they_are()
    {
        using var model = new TestModel();
        File.WriteAllText(model.At("ids.json"), "{\"input_ids\": [[1, 2, 3], [4, 5, 6]]}");

        var set = Load(model, model.At("ids.json"));

        Assert.Equal([[1, 2, 3], [4, 5, 6]], set.Sequences);
        Assert.Equal((6, 0), (set.Provenance.Tokens, set.Provenance.TargetTokens));
        Assert.Equal((2, 3, CalibrationRules.Ids), (set.Provenance.Samples, set.Provenance.SequenceLength, set.Provenance.Rule));
    }

    [Theory]
    [InlineData("ids.json", "{\"input_ids\": [[1, 2], [3]]}", "malformed-ids")]
    [InlineData("ids.json", "{\"input_ids\": [[]]}", "malformed-ids")]
    [InlineData("ids.json", "{\"input_ids\": []}", "malformed-ids")]
    [InlineData("ids.json", "{\"ids\": [[1]]}", "malformed-json-line")]
    [InlineData("ids.json", "[[1.5]]", "malformed-ids")]
    [InlineData("ids.json", "[[-1]]", "malformed-ids")]
    [InlineData("ids.json", "[[\"a\"]]", "malformed-ids")]
    [InlineData("ids.json", "[[1", "malformed-json")]
    [InlineData("ids.json", "[[64]]", "id-out-of-vocabulary")]
    [InlineData("ids.txt", "", "empty-text")]
    [InlineData("ids.jsonl", "{\"txt\": 1}", "malformed-json-line")]
    [InlineData("ids.safetensors", "no safetensors", null)]
    public void Bad_files_are_refused_and_leave_nothing(string name, string content, string? code)
    {
        using var model = new TestModel();
        File.WriteAllText(model.At(name), content);
        string[] before = Folders.Names(model.Root);

        var error = Assert.ThrowsAny<InvalidInputException>(() => model.Prune(model.Options with { Calibration = new CalibrationOptions { File = model.At(name) } }));

        Assert.True(code is null || error.Code == code, error.Code);
        Assert.Equal(before, Folders.Names(model.Root));
    }

    [Fact]
    public void Sequences_must_fit_the_model()
    {
        using var model = new TestModel(new RandomModel.RandomLlama { MaxPositions = 4 });

        Assert.Equal("sequence-too-long", Assert.Throws<InvalidInputException>(() => Load(model, model.Ids)).Code);
    }

    private static CalibrationSet Load(TestModel model, string file)
    {
        using var pretrained = PretrainedModel.Open(model.Input);
        return CalibrationLoader.Load(new CalibrationOptions { File = file }, pretrained);
    }

    private static CalibrationSet LoadText(string file, string? rule = null)
    {
        var options = new CalibrationOptions { File = file, Samples = 4, SequenceLength = 16, Seed = 7, Rule = rule };
        using var model = ArchitectureRegistry.BuiltIn.Of(TinyConfigs.Llama).Create(TinyConfigs.Llama);
        return CalibrationLoader.LoadText(options, TextFile.Read(file), new CalibrationFrame(model, new LetterTokenizer([1], []), 16), default);
    }
}
