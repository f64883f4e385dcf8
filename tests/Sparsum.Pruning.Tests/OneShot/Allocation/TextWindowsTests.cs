using System.Text.Json;
using Sparsum.Pruning.OneShot.Allocation.NeuronAl;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>The windows that a planner expects against those that a search reads.</summary>
public sealed class TextWindowsTests
{
    /// <summary>In the second text nothing but line ends and what the vocabulary lacks: a token for almost every byte.</summary>
    [SharedTheory("models/stories260K")]
    [InlineData("Once upon a time there was a small tree. ", 0.2)]
    [InlineData("🌳\n", 0.8)]
    public void There_are_no_more_than_one_token_a_byte_has(string text, double share)
    {
        using var folder = new TemporaryFolder();
        using var pretrained = PretrainedModel.Open(SharedFiles.Path("models", "stories260K"));
        string many = string.Concat(Enumerable.Repeat(text, 40));
        File.WriteAllText(folder["text.txt"], many);
        File.WriteAllLines(folder["text.jsonl"], Enumerable.Repeat(JsonSerializer.Serialize(new { text }), 40));
        foreach (string name in (string[])["text.txt", "text.jsonl"])
        {
            var all = new TextWindows(folder[name], count: 0, length: 8);

            int most = all.Shape().Samples;
            int windows = all.Read(pretrained).Samples;

            Assert.InRange(windows, name == "text.txt" ? share * most : 1, most);
            Assert.Equal((3, 8), (new TextWindows(folder[name], 3, 8).Shape().Samples, all.Shape().SequenceLength));
            Assert.Equal(3, new TextWindows(folder[name], 3, 8).Read(pretrained).Samples);
        }
    }

    [Fact]
    public void Ready_ids_are_counted_as_they_are()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["ids.json"], """{ "input_ids": [[1, 2, 3], [1, 2, 0], [4, 5, 6]], "attention_mask": [[1, 1, 1], [1, 1, 0], [1, 1, 1]] }""");

        var all = new TextWindows(folder["ids.json"], count: 0, length: 2048).Shape();
        var first = new TextWindows(folder["ids.json"], count: 1, length: 2048).Shape();

        Assert.Equal((3, 3, true), (all.Samples, all.SequenceLength, all.IsUneven));
        Assert.Equal((1, 3, false), (first.Samples, first.SequenceLength, first.IsUneven));
    }
}
