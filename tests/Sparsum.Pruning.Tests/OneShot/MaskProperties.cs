using FsCheck;
using FsCheck.Fluent;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>What holds of every mask, whatever the scores.</summary>
public sealed class MaskProperties
{
    [Fact]
    public void Of_every_group_exactly_as_many_go_as_the_pattern_says() => Properties.Hold(
        from size in Properties.Integers(2, 16)
        from pruned in Properties.Integers(1, size - 1)
        from groups in Properties.Integers(1, 6)
        from rows in Rows(size * groups)
        select (new NmPattern(pruned, size), rows),
        example =>
        {
            var (pattern, rows) = example;
            foreach (var (scores, mask) in rows.Zip(Select(new NmRule(pattern), rows, 0)))
            {
                foreach (var group in scores.Zip(mask).Chunk(pattern.GroupSize))
                {
                    Assert.Equal(pattern.PrunedPerGroup, group.Count(item => item.Second));
                    AssertLowest(group);
                }
            }
        });

    [Fact]
    public void Every_row_loses_its_lowest_scores_and_more_at_a_higher_ratio() => Properties.Hold(
        from columns in Properties.Integers(1, 40)
        from rows in Rows(columns)
        from low in Properties.Integers(0, 99)
        from high in Properties.Integers(low, 99)
        select (rows, low / 100.0, high / 100.0),
        example =>
        {
            var (rows, low, high) = example;
            bool[][] fewer = Select(new RowRule(), rows, low);
            bool[][] more = Select(new RowRule(), rows, high);
            for (int r = 0; r < rows.Length; r++)
            {
                Assert.Equal((int)Math.Floor(rows[r].Length * high), more[r].Count(mark => mark));
                AssertLowest([.. rows[r].Zip(more[r])]);
                Assert.All(fewer[r].Zip(more[r]), marks => Assert.True(marks.Second || !marks.First));
            }
        });

    [Fact]
    public void Rows_with_ratios_of_their_own_keep_as_many_as_these_say() => Properties.Hold(
        from columns in Properties.Integers(1, 40)
        from rows in Rows(columns)
        from ratios in Gen.ArrayOf(Properties.Integers(0, 99).Select(percent => percent / 100.0), rows.Length)
        select (rows, ratios),
        example =>
        {
            var (rows, ratios) = example;
            bool[][] masks = Select(new PerRowRatioRule(ratios), rows, 0);
            for (int r = 0; r < rows.Length; r++)
            {
                Assert.Equal((int)((1 - ratios[r]) * rows[r].Length), masks[r].Count(mark => !mark));
                AssertLowest([.. rows[r].Zip(masks[r])]);
            }
        });

    [Fact]
    public void A_layer_loses_no_score_above_one_that_it_keeps_and_rows_of_a_block_share_their_mask() => Properties.Hold(
        from columns in Properties.Integers(1, 20)
        from rows in Rows(columns)
        from ratio in Properties.Integers(0, 99)
        from height in Properties.Integers(1, 5)
        select (rows, ratio / 100.0, height),
        example =>
        {
            var (rows, ratio, height) = example;
            bool[][] masks = Select(new LayerRule(includesIndex: false), rows, ratio);
            Assert.True(masks.Sum(row => row.Count(mark => mark)) >= (int)Math.Floor((double)rows.Length * rows[0].Length * ratio));
            AssertLowest([.. rows.SelectMany(row => row).Zip(masks.SelectMany(row => row))]);
            Assert.All(
                Select(new RowBlockRule(new RowRule(), height), rows, ratio).Chunk(height),
                block => Assert.All(block, row => Assert.Equal(block[0], row)));
        });

    private static Gen<float[][]> Rows(int columns) =>
        from count in Properties.Integers(1, 9)
        from rows in Gen.ArrayOf(Properties.Floats(columns), count)
        select rows;

    // Two threads, so that rows come in any order.
    private static bool[][] Select(IMaskRule rule, float[][] rows, double ratio) => Masking.Select(
        rule, new LayerScores("layer", rows.Length, rows[0].Length, (row, scores) => rows[row].CopyTo(scores), 2), ratio);

    private static void AssertLowest((float Score, bool IsPruned)[] items)
    {
        float largest = items.Where(item => item.IsPruned).Select(item => item.Score).DefaultIfEmpty(float.NegativeInfinity).Max();
        Assert.All(items.Where(item => !item.IsPruned), item => Assert.True(item.Score >= largest));
    }
}
