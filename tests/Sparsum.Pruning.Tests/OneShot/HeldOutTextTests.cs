using Sparsum.Evaluation.Texts;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

public sealed class HeldOutTextTests
{
    [Fact]
    public void Windows_of_a_stream_touch_no_window_that_was_drawn()
    {
        int[] tokens = [.. Enumerable.Range(0, 2000)];
        int[] offsets = [300, 310, 1000, 1730];

        var found = HeldOutText.OfStream(tokens, offsets, 64);

        // Gaps of 300, 626, 666 and 206 tokens hold 2, 4, 5 and 1 windows of 128.
        Assert.Equal(12, found.Count);
        Assert.All(found, window => Assert.Equal(128, window.Length));
        int[] drawn = [.. offsets.SelectMany(offset => Enumerable.Range(offset, 64))];
        Assert.Empty(found.SelectMany(window => window).Intersect(drawn));
        Assert.Equal(found.Count * 128, found.SelectMany(window => window).Distinct().Count());
    }

    [Fact]
    public void A_stream_without_gaps_leaves_nothing() => Assert.Empty(HeldOutText.OfStream([.. Enumerable.Range(0, 1000)], Enumerable.Range(0, 31).Select(i => i * 31), 64));

    [Fact]
    public void Documents_that_were_drawn_or_are_too_short_are_left_out()
    {
        using var folder = new TemporaryFolder();
        string[] texts = ["aa", "bbb", "c", "dddd", new string('e', 300), "ff"];
        folder.Write("text.jsonl", string.Join('\n', texts.Select(text => $$"""{"text": "{{text}}"}""")));

        var found = HeldOutText.OfDocuments(TextFile.Read(folder["text.jsonl"]), new HashSet<int> { 3 }, text => [.. text.Select(letter => (int)letter)]);

        Assert.Equal(["ff", new string('e', 128), "bbb", "aa"], found.Select(ids => string.Concat(ids.Select(id => (char)id))));
    }

    [Fact]
    public void Rows_behind_those_that_are_used_are_left() =>
        Assert.Equal([[3, 4], [5, 6]], HeldOutText.OfRows([[1, 2], [3, 4], [9], [5, 6]], 1));
}
