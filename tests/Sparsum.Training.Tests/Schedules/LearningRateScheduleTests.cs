using Sparsum.Training.Schedules;
using Xunit;

namespace Sparsum.Training.Tests.Schedules;

/// <summary>Rates worked out by hand.</summary>
public class LearningRateScheduleTests
{
    [Theory]
    [InlineData(ScheduleShape.Linear, 0, new[] { 1, 0.75, 0.5, 0.25, 0, 0 })]
    [InlineData(ScheduleShape.Linear, 2, new[] { 0, 0.5, 1, 0.5, 0, 0 })]
    [InlineData(ScheduleShape.Cosine, 0, new[] { 1, 0.8535533905932737, 0.5, 0.14644660940672627, 0, 0 })]
    [InlineData(ScheduleShape.Cosine, 2, new[] { 0, 0.5, 1, 0.5, 0, 0 })]
    [InlineData(ScheduleShape.Constant, 0, new double[] { 1, 1, 1, 1, 1, 1 })]
    [InlineData(ScheduleShape.Constant, 2, new[] { 0, 0.5, 1, 1, 1, 1 })]
    [InlineData(ScheduleShape.InverseSqrt, 2, new[] { 0, 0.5, 1, 0.816496580927726, 0.7071067811865476, 0.6324555320336759 })]
    [InlineData(ScheduleShape.InverseSqrt, 0, new[] { 1, 1, 0.7071067811865476, 0.5773502691896258, 0.5, 0.4472135954999579 })]
    [InlineData(ScheduleShape.Linear, 4, new[] { 0, 0.25, 0.5, 0.75, 1, 0 })]
    public void Rates_of_four_steps_and_beyond(ScheduleShape shape, int warmupSteps, double[] expected)
    {
        var schedule = new LearningRateSchedule(shape, 3, 4, warmupSteps);

        for (int step = 0; step < expected.Length; step++)
        {
            Assert.Equal(3 * expected[step], schedule.RateAt(step), 1e-12);
        }
    }

    [Fact]
    public void Reach_is_the_sum_of_the_rates() => Assert.Equal(2.5, new LearningRateSchedule(ScheduleShape.Linear, 1, 4).Reach, 1e-12);

    [Fact]
    public void A_run_without_steps_reaches_nothing() => Assert.Equal(0, new LearningRateSchedule(ScheduleShape.Linear, 1, 0).Reach);

    [Theory]
    [InlineData(-1.0, 4, 0)]
    [InlineData(double.NaN, 4, 0)]
    [InlineData(double.PositiveInfinity, 4, 0)]
    [InlineData(1.0, -1, 0)]
    [InlineData(1.0, 4, -1)]
    [InlineData(1.0, 4, 5)]
    public void Settings_that_make_no_sense_are_refused(double rate, int totalSteps, int warmupSteps) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LearningRateSchedule(ScheduleShape.Linear, rate, totalSteps, warmupSteps));
}
