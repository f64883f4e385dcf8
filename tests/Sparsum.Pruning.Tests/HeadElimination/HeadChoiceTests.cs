using Sparsum.Pruning.HeadElimination;
using Xunit;

namespace Sparsum.Pruning.Tests.HeadElimination;

public class HeadChoiceTests
{
    // Heads 0, 1 and 2 alike, head 3 apart; of the first three redundancy keeps the last.
    private static readonly int[] Redundant = [2, 2, 2, 3];
    private static readonly double[] Importances = [5, 9, 7, 1];

    private static readonly float[,] Distances =
    {
        { 0, 0.1f, 0.1f, 3 },
        { 0.1f, 0, 0.1f, 4 },
        { 0.1f, 0.1f, 0, 2 },
        { 3, 4, 2, 0 },
    };

    [Theory]
    [InlineData(HeadCriterion.Redundancy, new[] { 2, 2, 2, 3 })]
    [InlineData(HeadCriterion.Both, new[] { 1, 1, 1, 3 })]
    [InlineData(HeadCriterion.Importance, new[] { 1, 1, 2, 2 })]
    public void The_criterion_decides_which_heads_go(HeadCriterion criterion, int[] expected) =>
        Assert.Equal(expected, HeadChoice.Of(criterion, Distances, Redundant, Importances));

    [Theory]
    [InlineData(HeadCriterion.Redundancy)]
    [InlineData(HeadCriterion.Both)]
    [InlineData(HeadCriterion.Importance)]
    public void Nothing_redundant_means_nothing_goes(HeadCriterion criterion) =>
        Assert.Equal([0, 1, 2, 3], HeadChoice.Of(criterion, Distances, [0, 1, 2, 3], Importances));
}
