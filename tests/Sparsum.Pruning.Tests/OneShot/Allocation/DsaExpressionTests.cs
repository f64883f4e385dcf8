using Sparsum.Pruning.OneShot.Allocation.Dsa;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

public sealed class DsaExpressionTests
{
    [SharedFact("oracle/pruning")]
    public void Values_are_those_of_the_published_engine()
    {
        using var oracle = new AllocationOracle("dsa");
        int compared = 0;
        foreach (var expected in oracle.Runs.GetProperty("values").EnumerateObject())
        {
            var expression = DsaExpression.Parse(expected.Name);
            Assert.NotNull(expression);
            foreach (var value in expected.Value.EnumerateObject())
            {
                var vectors = oracle.Runs.GetProperty("vectors");
                float[] vector = [.. vectors.GetProperty(value.Name).EnumerateArray().Select(v => v.GetSingle())];
                float actual = expression.Evaluate([Scores(vector)]);
                double wanted = value.Value.GetDouble();
                Assert.True(
                    Math.Abs(actual - wanted) <= 2e-7 + (2e-6 * Math.Abs(wanted)),
                    $"{expected.Name} of {value.Name}: expected {wanted}, got {actual}");
                compared++;
            }
        }

        Assert.Equal(29 * 4, compared);
    }

    [Theory]
    [InlineData("W:(ABSLOG)-(VAR)-(ATAN,ASIN)-(7)")]
    [InlineData("W:(MMS,TANH)-(L1_NORM)-(NO_OP)-(10)")]
    public void An_expression_is_written_as_it_was_read(string text) => Assert.Equal(text, DsaExpression.Parse(text)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("ABSLOG-VAR-ATAN-7")]
    [InlineData("W:(ABSLOG)-(VAR)-(ATAN)")]
    [InlineData("W:(ABSLOG)-(VAR)-(ATAN)-(x)")]
    [InlineData("W:(CUBE)-(VAR)-(ATAN)-(7)")]
    [InlineData("W:(ABSLOG)-(RANK)-(ATAN)-(7)")]
    [InlineData("W:(ABSLOG)-(VAR)-(POW)-(7)")]
    [InlineData("W:(ABSLOG,)-(VAR)-(ATAN)-(7)")]
    public void What_is_no_expression_is_not_read(string text) => Assert.Null(DsaExpression.Parse(text));

    [Fact]
    public void Layers_and_rows_are_one_vector_whatever_the_number_of_threads()
    {
        float[] values = [.. Enumerable.Range(0, 60).Select(i => 1f + MathF.Sin(i))];
        var parts = new LayerScores[]
        {
            new("a", 3, 10, (row, scores) => values.AsSpan(row * 10, 10).CopyTo(scores), threads: 3),
            new("b", 2, 15, (row, scores) => values.AsSpan(30 + (row * 15), 15).CopyTo(scores), threads: 3),
        };
        var expression = DsaExpression.Parse("W:(NORMALIZE,TANH)-(STD)-(EXP)-(7)")!;

        Assert.Equal(expression.Evaluate([Scores(values)]), expression.Evaluate(parts), 1e-6);
    }

    private static LayerScores Scores(float[] vector) => new("vector", 1, vector.Length, (_, scores) => vector.CopyTo(scores), threads: 1);
}
