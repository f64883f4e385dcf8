using Sparsum.Pruning.HeadElimination;
using Xunit;

namespace Sparsum.Pruning.Tests.HeadElimination;

public sealed class DominatingHeadsTests
{
    [Theory]
    [InlineData("E1", 4, "", "1 2 3 4")]
    [InlineData("E2", 4, "12,13,14,23,24,34", "4 4 4 4")]
    [InlineData("E3", 3, "12,23", "2 2 2")]
    [InlineData("E4", 4, "12,23,34", "2 2 3 3")]
    [InlineData("E5", 5, "12,23,34,45", "2 2 3 4 4")]
    [InlineData("E6", 5, "12,13,14,15", "1 1 1 1 1")]
    [InlineData("E7", 4, "12,23,34,41", "1 2 3 4")]
    [InlineData("E8", 5, "14,23", "4 3 3 4 5")]
    [InlineData("E9", 4, "12,13,23,34", "3 3 3 3")]
    [InlineData("E10", 5, "12,13,23,24,34,35", "3 3 3 3 3")]
    [InlineData("E11", 6, "15,25,35,45,56", "5 5 5 5 5 5")]
    [InlineData("E12", 5, "12,23,34,45,51", "1 2 3 4 5")]
    public void Worked_examples(string example, int heads, string pairs, string expected)
    {
        var graph = Graphs.Of(heads, pairs);

        Assert.Equal(expected, string.Join(' ', DominatingHeads.Find(graph).Select(head => head + 1)));
        Assert.Equal(example != "E1", graph.AnySimilar);
    }

    [Theory]
    [InlineData(4, "12,13,14,23,24,34", "1234 234 34 4")]
    [InlineData(4, "12,13,23,34", "123 23 3 34")]
    public void The_literal_indentation_records_every_head_on_the_way(int heads, string pairs, string expected)
    {
        var rows = Graphs.LiteralRows(Graphs.Of(heads, pairs));

        Assert.Equal(expected, string.Join(' ', rows.Select(row => string.Concat(row.Select(head => head + 1)))));
    }

    [Fact]
    public void Bit_masks_agree_with_the_matrices_on_random_graphs()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 3000; trial++)
        {
            var graph = Graphs.Random(random, 1 + random.Next(12));

            Assert.Equal(Graphs.Rows(graph).Select(row => Assert.Single(row)), DominatingHeads.Find(graph));
        }
    }

    [Fact]
    public void Properties_hold_on_random_graphs()
    {
        var random = new Random(2);
        int suboptimal = 0;
        int unchanged = 0;
        for (int trial = 0; trial < 3000; trial++)
        {
            int k = 1 + random.Next(10);
            var graph = Graphs.Random(random, k);
            int[] star = DominatingHeads.Find(graph);
            int[] survivors = [.. Enumerable.Range(0, k).Where(head => star[head] == head)];

            // (a) similar to its replacement, (b) which stays, (c) survivors dominate, (d) one stays at least.
            Assert.All(Enumerable.Range(0, k), head => Assert.True(graph.AreSimilar(head, star[head])));
            Assert.All(star, replacement => Assert.Equal(replacement, star[replacement]));
            Assert.All(Enumerable.Range(0, k), head => Assert.Contains(survivors, survivor => graph.AreSimilar(head, survivor)));
            Assert.NotEmpty(survivors);

            // (g) of heads with the same neighbours the last is kept, if any is.
            Assert.All(survivors, head => Assert.DoesNotContain(
                Enumerable.Range(head + 1, k - head - 1), later => graph.HaveSameNeighbors(head, later)));
            suboptimal += survivors.Length > SmallestDominatingSet(graph) ? 1 : 0;
            unchanged += graph.AnySimilar && survivors.Length == k ? 1 : 0;
        }

        // (e) not always the smallest set, and similar pairs may all stay.
        Assert.InRange(suboptimal, 1, 1500);
        Assert.InRange(unchanged, 1, 1500);
    }

    [Fact]
    public void More_heads_than_a_word_has_bits()
    {
        var graph = new SimilarityGraph(130);
        graph.Connect(0, 129);
        graph.Connect(64, 129);

        int[] star = DominatingHeads.Find(graph);

        Assert.Equal((129, 129, 129, 65), (star[0], star[64], star[129], star[65]));
    }

    private static int SmallestDominatingSet(SimilarityGraph graph)
    {
        int k = graph.HeadCount;
        int[] neighbors = [.. Enumerable.Range(0, k).Select(i => Enumerable.Range(0, k).Sum(j => graph.AreSimilar(i, j) ? 1 << j : 0))];
        return Enumerable.Range(1, (1 << k) - 1)
            .Where(set => Enumerable.Range(0, k).Aggregate(0, (seen, i) => (set >> i & 1) == 0 ? seen : seen | neighbors[i]) == (1 << k) - 1)
            .Min(set => System.Numerics.BitOperations.PopCount((uint)set));
    }
}
