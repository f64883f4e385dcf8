using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Tensors.Optimization;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Optimization;

public sealed class AdamWTests
{
    private static readonly AdamWOptions Options = new();

    public static TheoryData<int, int, PenaltyMode, bool> Cases
    {
        get
        {
            var data = new TheoryData<int, int, PenaltyMode, bool>();
            foreach (var (rows, columns) in new[] { (1, 1), (3, 15), (5, 16), (7, 33), (200, 130), (2, 9000) })
            {
                foreach (var mode in Enum.GetValues<PenaltyMode>())
                {
                    data.Add(rows, columns, mode, true);
                    data.Add(rows, columns, mode, false);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_fused_sweep_is_the_plain_one(int rows, int columns, PenaltyMode mode, bool isPerRow)
    {
        using var plain = new State(rows, columns);
        using var fused = new State(rows, columns);
        using var cpu = new CpuBackend(2);
        var penalty = Penalty(isPerRow ? rows : columns, isPerRow, mode);
        var plainStatistics = new SweepStatistics(rows, columns, 0.1f, gathersColumns: true);
        var fusedStatistics = new SweepStatistics(rows, columns, 0.1f, gathersColumns: true);
        for (int number = 1; number <= 4; number++)
        {
            var step = new AdamWStep(number, 0.05) { WeightDecay = 0.01, GradientScale = 0.7 };
            plain.Step(new ReferenceBackend(), step, penalty, plainStatistics);
            fused.Step(cpu, step, penalty, fusedStatistics);
            using var weight = fused.Weight.Clone();
            Compare(plain, fused);
            PlainAdamW.Measure(weight, plainStatistics);
            Assert.Equal(plainStatistics.RowNearZero, fusedStatistics.RowNearZero);
            Assert.Equal(plainStatistics.ColumnNearZero, fusedStatistics.ColumnNearZero);
            AssertClose(plainStatistics.RowSums, fusedStatistics.RowSums);
            AssertClose(plainStatistics.ColumnSums, fusedStatistics.ColumnSums);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Any_number_of_threads_gives_the_same_bits(bool isPerRow)
    {
        const int Rows = 120;
        const int Columns = 700;
        using var one = new State(Rows, Columns);
        using var many = new State(Rows, Columns);
        using var oneThread = new CpuBackend(1);
        using var manyThreads = new CpuBackend(5);
        var penalty = Penalty(isPerRow ? Rows : Columns, isPerRow, PenaltyMode.Coupled);
        var first = new SweepStatistics(Rows, Columns, 0.2f, gathersColumns: true);
        var second = new SweepStatistics(Rows, Columns, 0.2f, gathersColumns: true);

        one.Step(oneThread, new AdamWStep(1, 0.01), penalty, first);
        many.Step(manyThreads, new AdamWStep(1, 0.01), penalty, second);

        Assert.Equal(one.Weight.ToArray(), many.Weight.ToArray());
        Assert.Equal(first.RowSums, second.RowSums);
        Assert.Equal(first.ColumnSums, second.ColumnSums);
        Assert.Equal(one.Squares(oneThread, penalty), many.Squares(manyThreads, penalty));
    }

    [Fact]
    public void What_a_step_allocates_does_not_grow_with_the_weight()
    {
        Assert.InRange(Allocated(rows: 20_000), 0, Allocated(rows: 20) + 256);

        static long Allocated(int rows)
        {
            using var state = new State(rows, 16);
            using var backend = new CpuBackend(1);
            var penalty = Penalty(rows, isPerRow: true, PenaltyMode.Coupled);
            var statistics = new SweepStatistics(rows, 16, 0.1f, gathersColumns: true);
            Step();
            long before = GC.GetAllocatedBytesForCurrentThread();
            Step();
            return GC.GetAllocatedBytesForCurrentThread() - before;

            void Step()
            {
                state.Squares(backend, penalty);
                state.Step(backend, new AdamWStep(1, 0.01), penalty, statistics);
            }
        }
    }

    [Fact]
    public void One_step_by_hand()
    {
        using var state = new State(1, 1);
        state.Weight.Span[0] = 2;
        state.Gradient.Span[0] = 0.5f;
        using var backend = new CpuBackend(1);

        // g = (0.5 + 0.3) · 0.5 = 0.4; bias-corrected moments 0.4 and 0.16, so the step is the rate: 2 · (1 - 0.1 · 0.2) - 0.1.
        state.Step(
            backend,
            new AdamWStep(1, 0.1) { WeightDecay = 0.2, GradientScale = 0.5 },
            FusedPenalty.PerRow([0.3f]),
            null);

        Assert.Equal(1.86f, state.Weight.Span[0], 1e-6);
        Assert.Equal(0.04f, state.First.Span[0], 1e-7);
        Assert.Equal(0.00016f, state.Second.Span[0], 1e-9);
    }

    [Fact]
    public void A_huge_coupled_penalty_moves_each_weight_by_the_learning_rate_and_leaves_zeros()
    {
        using var state = new State(4, 40);
        state.Weight.Span[3] = 0;
        state.Gradient.Clear();
        float[] before = state.Weight.ToArray();
        using var backend = new CpuBackend(1);

        state.Step(backend, new AdamWStep(1, 0.001), FusedPenalty.PerRow([.. Enumerable.Repeat(1e6f, 4)]), null);

        Assert.Equal(0, state.Weight.Span[3]);
        Numbers.AssertClose([.. before.Select(w => w - (0.001f * Math.Sign(w)))], state.Weight.Span, 1e-6);
    }

    [Fact]
    public void The_modes_differ_where_a_weight_crosses_zero()
    {
        using var backend = new CpuBackend(1);

        // Weights 0.05 and rate 0.1: the penalty pulls across; the task pulls the same way in the second column only.
        Assert.Equal([-0.05f, -0.05f], Cross(PenaltyMode.Coupled).Select(w => MathF.Round(w, 5)));
        Assert.Equal([0, -0.05f], Cross(PenaltyMode.ClipAtZero).Select(w => MathF.Round(w, 5)));

        float[] Cross(PenaltyMode mode)
        {
            using var state = new State(1, 2);
            state.Weight.Span.Fill(0.05f);
            state.Gradient.Span[0] = -1;
            state.Gradient.Span[1] = 1;
            state.Step(backend, new AdamWStep(1, 0.1), FusedPenalty.PerRow([5]) with { Mode = mode }, null);
            return state.Weight.ToArray();
        }
    }

    [Theory]
    [InlineData(2, 200)]
    [InlineData(300, 70)]
    public void Squares_are_those_of_the_summed_gradient(int rows, int columns)
    {
        using var state = new State(rows, columns);
        using var backend = new CpuBackend(2);
        foreach (var penalty in new[] { Penalty(rows, true, PenaltyMode.Coupled), Penalty(columns, false, PenaltyMode.ClipAtZero) })
        {
            var expected = PlainAdamW.Squares(state.Weight, state.Gradient, penalty);
            var actual = state.Squares(backend, penalty);

            Assert.Equal(expected.Task, actual.Task, expected.Task * 1e-6);
            Assert.Equal(expected.Total, actual.Total, expected.Total * 1e-6);
            Assert.True(actual.Total > actual.Task * 1.01);
        }

        var proximal = state.Squares(backend, Penalty(rows, true, PenaltyMode.Proximal));
        Assert.Equal(proximal.Task, proximal.Total);
    }

    [Fact]
    public void The_clip_scale_is_that_of_the_global_norm()
    {
        var squares = new GradientSquares(9, 16) + new GradientSquares(0, 9);

        Assert.Equal((3.0, 5.0), (squares.TaskNorm, squares.TotalNorm));
        Assert.Equal(1 / (5 + 1e-6), squares.ClipScale(1));
        Assert.Equal(1, squares.ClipScale(6));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var state = new State(2, 3);
        using var backend = new CpuBackend(1);
        var step = new AdamWStep(1, 0.1);

        Assert.Throws<ArgumentException>(() => state.Step(backend, step, FusedPenalty.PerRow([1, 2, 3]), null));
        Assert.Throws<ArgumentException>(() => state.Step(backend, step, FusedPenalty.PerColumn([1, 2]), null));
        Assert.Throws<ArgumentException>(() => state.Step(backend, step, null, new SweepStatistics(3, 2, 0.1f, false)));
        Assert.Throws<ArgumentException>(() => FusedPenalty.PerRow([-1]));
        Assert.Throws<ArgumentException>(() => FusedPenalty.PerColumn([float.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Step(backend, new AdamWStep(0, 0.1), null, null));
    }

    private static FusedPenalty Penalty(int count, bool isPerRow, PenaltyMode mode)
    {
        var random = new Random(5);
        float[] coefficients = [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
        return (isPerRow ? FusedPenalty.PerRow(coefficients) : FusedPenalty.PerColumn(coefficients)) with { Mode = mode };
    }

    private static void Compare(State expected, State actual)
    {
        Numbers.AssertClose(expected.Weight.Span, actual.Weight.Span, 2e-6, "weight");
        Numbers.AssertClose(expected.First.Span, actual.First.Span, 1e-6, "first moment");
        Numbers.AssertClose(expected.Second.Span, actual.Second.Span, 1e-8, "second moment");

        // From here on from the same place, lest rounding decides about a crossing of zero.
        expected.Weight.CopyTo(actual.Weight);
        expected.First.CopyTo(actual.First);
        expected.Second.CopyTo(actual.Second);
    }

    private static void AssertClose(double[] expected, double[] actual) =>
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * (1 + pair.First)));

    private sealed class State(int rows, int columns) : IDisposable
    {
        public Tensor Weight { get; } = Numbers.Random(1, rows, columns);

        public Tensor Gradient { get; } = Numbers.Random(2, rows, columns);

        public Tensor First { get; } = Tensor.Zeros(rows, columns);

        public Tensor Second { get; } = Tensor.Zeros(rows, columns);

        public void Step(IBackend backend, AdamWStep step, FusedPenalty? penalty, SweepStatistics? statistics) =>
            AdamW.Step(backend, Options, step, Weight, Gradient, First, Second, penalty, statistics);

        public GradientSquares Squares(IBackend backend, FusedPenalty penalty) => AdamW.Squares(backend, Weight, Gradient, penalty);

        public void Dispose()
        {
            Weight.Dispose();
            Gradient.Dispose();
            First.Dispose();
            Second.Dispose();
        }
    }
}
