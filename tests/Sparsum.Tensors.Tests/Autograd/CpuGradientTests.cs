using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Autograd;

/// <summary>The fast gradients against the reference backend's, over lengths that leave rests of every vector width.</summary>
public sealed class CpuGradientTests : IDisposable
{
    private readonly CpuBackend cpu = new(2);
    private readonly ReferenceBackend reference = new();

    public static IEnumerable<int> Columns => Enumerable.Range(1, 70).Append(1000);

    public static TheoryData<Activation> Activations => new(Enum.GetValues<Activation>());

    public void Dispose() => cpu.Dispose();

    [Theory]
    [MemberData(nameof(Activations))]
    public void Activations_and_gates(Activation activation)
    {
        foreach (int columns in Columns)
        {
            using var x = Numbers.Random(columns, 9, columns);
            using var up = Numbers.Random(columns + 1, 9, columns);
            cpu.Scale(x, 6);
            Compare(3e-6, [[9, columns], [columns]], (b, t) => b.ActivationGradient(activation, x, up, t[0], t[1]), sumFactor: 9);
            Compare(3e-6, [[9, columns]], (b, t) => b.ActivationGradient(activation, x, up, t[0]));
            Compare(1e-5, [[9, columns], [9, columns]], (b, t) => b.GateGradient(activation, x, up, up, t[0], t[1]));
        }
    }

    [Fact]
    public void Derivatives_of_extreme_inputs()
    {
        float[] values = [-1e30f, -200, -20, -9, 0, 9, 20, 200, 1e30f, float.NaN, 1, -1];
        using var x = Tensor.From(values, 1, values.Length);
        using var ones = Tensor.Allocate(1, values.Length);
        ones.Span.Fill(1);
        foreach (var activation in Enum.GetValues<Activation>().Where(activation => activation is not Activation.Identity))
        {
            using var actual = Tensor.Allocate(1, values.Length);
            cpu.ActivationGradient(activation, x, ones, actual);
            for (int i = 0; i < values.Length; i++)
            {
                // At infinite powers the formula in double precision has no number either; there the limits are known.
                double expected = Math.Abs(values[i]) < 1e3
                    ? Backends.Reference.Activations.Derivative(activation, values[i])
                    : values[i] > 0 && activation is not (Activation.Tanh or Activation.Sigmoid) ? 1 : 0;
                if (!float.IsNaN(values[i]))
                {
                    Assert.Equal(expected, actual.Span[i], 1e-6);
                }
                else if (activation != Activation.Relu)
                {
                    Assert.True(float.IsNaN(actual.Span[i]));
                }
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Norms(bool accumulate)
    {
        foreach (int columns in Columns)
        {
            using var x = Numbers.Random(columns, 21, columns);
            using var dy = Numbers.Random(columns + 1, 21, columns);
            using var scale = Numbers.Random(columns + 2, columns);

            // Rows of one or two features are all but constant; a larger epsilon keeps their gradients of order one.
            const float Epsilon = 0.01f;
            int[][] shapes = [[21, columns], [columns], [columns]];
            Compare(2e-5, shapes, (b, t) => b.LayerNormGradient(x, scale, Epsilon, dy, t[0], t[1], t[2], accumulate));
            Compare(2e-5, shapes, (b, t) => b.LayerNormGradient(x, null, Epsilon, dy, t[0], null, null, accumulate));
            Compare(2e-5, shapes, (b, t) => b.LayerNormGradient(x, scale, Epsilon, dy, null, t[1], null, accumulate));
            Compare(2e-5, shapes, (b, t) => b.RmsNormGradient(x, scale, Epsilon, true, dy, t[0], t[1], accumulate));
            Compare(2e-5, shapes, (b, t) => b.RmsNormGradient(x, scale, Epsilon, false, dy, t[0], null, accumulate));
        }
    }

    [Fact]
    public void Heads_are_normalised_one_by_one()
    {
        using var x = Numbers.Random(1, 7, 60);
        using var dy = Numbers.Random(2, 7, 60);
        using var scale = Numbers.Random(3, 12);
        Compare(1e-5, [[7, 60], [12]], (b, t) => b.RmsNormGradient(x, scale, 1e-3f, false, dy, t[0], t[1]));
    }

    [Fact]
    public void Tables_sums_losses_and_rotations()
    {
        foreach (int columns in Columns)
        {
            using var x = Numbers.Random(columns, 40, columns);
            int[] ids = [.. Enumerable.Range(0, 40).Select(i => i * i % 7)];
            int[] targets = [.. Enumerable.Range(0, 40).Select(i => i % 5 == 0 ? -100 : i % columns)];
            Compare(5e-6, [[7, columns]], (b, t) => b.ScatterAdd(x, ids, t[0], 4));
            Compare(2e-6, [[columns]], (b, t) => b.AddColumnSums(x, t[0]), sumFactor: 10);
            Compare(1e-6, [[40, columns]], (b, t) => b.CrossEntropyGradient(x, targets, 0.3f, t[0]));
            Compare(1e-6, [[40, columns]], (b, t) => b.CrossEntropyGradient(x, targets, 0.3f, t[0], smoothing: 0.2f));
            var table = new RotaryTable([.. Enumerable.Range(1, columns).Select(i => 1.0 / i)], 50);
            Compare(1e-6, [[40, columns * 4]], (b, t) => b.Rotate(t[0], 2, table, [.. Enumerable.Range(3, 40)], inverse: true));
        }
    }

    [Fact]
    public void Rotating_back_undoes_a_rotation()
    {
        using var x = Numbers.Random(1, 9, 24);
        float[] before = x.ToArray();
        var table = new RotaryTable([0.9, 0.5, 0.1], 9);
        cpu.Rotate(x, 3, table, [.. Enumerable.Range(0, 9)]);
        Assert.NotEqual(before, x.ToArray());
        cpu.Rotate(x, 3, table, [.. Enumerable.Range(0, 9)], inverse: true);
        Numbers.AssertClose(before, x.Span, 1e-6);
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 1, false, null)]
    [InlineData(2, 7, 4, 1, 8, true, null)]
    [InlineData(2, 8, 2, 1, 8, false, null)]
    [InlineData(2, 16, 2, 2, 8, true, null)]
    [InlineData(2, 24, 2, 1, 8, false, null)]
    [InlineData(2, 33, 6, 3, 17, false, 5)]
    [InlineData(1, 150, 2, 2, 20, true, 70)]
    [InlineData(1, 150, 2, 1, 12, false, null)]
    public void Attention(int batch, int length, int heads, int keyValueHeads, int size, bool causal, int? window)
    {
        foreach (string mask in new[] { "none", "left", "scattered", "nothing" })
        {
            foreach (var (withBias, rate) in new[] { (false, 0f), (true, 0f), (false, 0.3f), (true, 0.6f) })
            {
                var options = new AttentionOptions
                {
                    Batch = batch,
                    QueryLength = length,
                    KeyLength = length,
                    KeyCapacity = length,
                    HeadCount = heads,
                    KeyValueHeadCount = keyValueHeads,
                    HeadSize = size,
                    Scale = 1 / MathF.Sqrt(size),
                    Causal = causal,
                    Window = window,
                    KeyMask = mask switch
                    {
                        "none" => null,
                        "left" => [.. Enumerable.Range(0, batch * length).Select(i => (byte)(i % length > length / 3 ? 1 : 0))],
                        "scattered" => [.. Enumerable.Range(0, batch * length).Select(i => (byte)(i % 3 == 1 ? 1 : 0))],
                        _ => new byte[batch * length],
                    },
                    Dropout = rate == 0 ? null : new AttentionDropout(rate, new RandomStream(7, 1)),
                };
                int[] wide = [batch * length, heads * size];
                int[] narrow = [batch * length, keyValueHeads * size];
                using var query = Numbers.Random(1, wide);
                using var key = Numbers.Random(2, narrow);
                using var value = Numbers.Random(3, narrow);
                using var bias = withBias ? Numbers.Random(4, heads, length, length) : null;
                using var dy = Numbers.Random(5, wide);
                int[][] shapes = withBias ? [wide, narrow, narrow, [heads, length, length]] : [wide, narrow, narrow];
                foreach (float? cap in new float?[] { null, 0.7f })
                {
                    Compare(4e-5, shapes, (b, t) => b.AttentionGradient(
                        query, key, value, bias, options with { SoftCap = cap }, dy, t[0], t[1], t[2], withBias ? t[3] : null));
                }

                Compare(5e-6, [wide], (b, t) => b.Attention(query, key, value, bias, options, t[0]));
            }
        }
    }

    /// <summary>Distances beyond the span share the outermost rows; the attention that takes the scores has a bias for each sequence.</summary>
    [Theory]
    [InlineData(1, 1, 2, 3, 1)]
    [InlineData(2, 7, 3, 8, 2)]
    [InlineData(3, 40, 2, 17, 9)]
    [InlineData(2, 70, 1, 64, 100)]
    public void Disentangled_scores(int batch, int length, int heads, int size, int span)
    {
        var options = new AttentionOptions
        {
            Batch = batch,
            QueryLength = length,
            KeyLength = length,
            KeyCapacity = length,
            HeadCount = heads,
            KeyValueHeadCount = heads,
            HeadSize = size,
            Scale = 1 / MathF.Sqrt(3 * size),
            HasBiasPerSequence = true,
            KeyMask = [.. Enumerable.Range(0, batch * length).Select(i => (byte)(i % length > length / 3 ? 1 : 0))],
        };
        int[] rows = [.. Enumerable.Range(1 - length, (2 * length) - 1).Select(distance => Math.Clamp(distance + span, 0, (2 * span) - 1))];
        int[] tokens = [batch * length, heads * size];
        int[] places = [2 * span, heads * size];
        int[] scores = [batch * heads * length, length];
        using var query = Numbers.Random(1, tokens);
        using var key = Numbers.Random(2, tokens);
        using var positionKey = Numbers.Random(3, places);
        using var positionQuery = Numbers.Random(4, places);
        using var slopes = Numbers.Random(5, scores);
        using var value = Numbers.Random(6, tokens);
        Compare(5e-6, [scores], (b, t) => b.Disentangle(query, key, positionKey, positionQuery, rows, options, t[0]));
        Compare(4e-5, [tokens, tokens, places, places], (b, t) => b.DisentangleGradient(
            query, key, positionKey, positionQuery, rows, options, slopes, t[0], t[1], t[2], t[3]));
        Compare(5e-6, [tokens], (b, t) => b.Attention(query, key, value, slopes, options, t[0]));
        Compare(4e-5, [tokens, tokens, tokens, scores], (b, t) => b.AttentionGradient(
            query, key, value, slopes, options, query, t[0], t[1], t[2], t[3]));
    }

    [Fact]
    public void Disentangled_scores_of_other_shapes_are_refused()
    {
        var options = new AttentionOptions
        {
            Batch = 1,
            QueryLength = 2,
            KeyLength = 2,
            KeyCapacity = 2,
            HeadCount = 2,
            KeyValueHeadCount = 2,
            HeadSize = 3,
            Scale = 1,
        };
        using var x = Numbers.Random(1, 2, 6);
        using var scores = Numbers.Random(1, 4, 2);
        foreach (IBackend backend in (IBackend[])[cpu, reference])
        {
            backend.Disentangle(x, x, x, x, [0, 1, 1], options, scores);
            Assert.Throws<ArgumentException>(() => backend.Disentangle(x, x, x, x, [0, 1, 2], options, scores));
            Assert.Throws<ArgumentException>(() => backend.Disentangle(x, x, x, x, [0, 1], options, scores));
            Assert.Throws<ArgumentException>(() => backend.Disentangle(x, x, x, scores, [0, 1, 1], options, scores));
            Assert.Throws<ArgumentException>(() => backend.Disentangle(x, x, x, x, [0, 1, 1], options, x));
            Assert.Throws<ArgumentException>(() => backend.Disentangle(x, x, x, x, [0, 1, 1], options with { KeyValueHeadCount = 1 }, scores));
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        using var x = Numbers.Random(1, 4, 6);
        using var small = Numbers.Random(1, 4, 5);
        using var vector = Numbers.Random(1, 5);
        Assert.Throws<ArgumentException>(() => cpu.ActivationGradient(Activation.Relu, x, small, x));
        Assert.Throws<ArgumentException>(() => cpu.ActivationGradient(Activation.Relu, x, x, x, vector));
        Assert.Throws<ArgumentException>(() => cpu.GateGradient(Activation.Relu, x, x, x, x, small));
        Assert.Throws<ArgumentException>(() => cpu.LayerNormGradient(x, null, 1, x, null, vector, null));
        Assert.Throws<ArgumentException>(() => cpu.RmsNormGradient(x, vector, 1, false, x, null, null));
        Assert.Throws<ArgumentException>(() => cpu.ScatterAdd(x, [0, 1], x));
        Assert.Throws<ArgumentException>(() => cpu.ScatterAdd(x, [0, 1, 2, 4], x));
        Assert.Throws<ArgumentException>(() => cpu.AddColumnSums(x, vector));
        Assert.Throws<ArgumentException>(() => cpu.CrossEntropyGradient(x, [0, 1, 2, 6], 1, x));
        Assert.Throws<ArgumentOutOfRangeException>(() => cpu.Dropout(x, 1, default));
    }

    /// <summary>Runs an operation on both backends with equal random tensors and compares all of them afterwards.</summary>
    private void Compare(double tolerance, int[][] shapes, Action<IBackend, Tensor[]> run, double sumFactor = 1)
    {
        Tensor[] expected = [.. shapes.Select((shape, i) => Numbers.Random(100 + i, shape))];
        Tensor[] actual = [.. expected.Select(tensor => tensor.Clone())];
        run(reference, expected);
        run(cpu, actual);
        for (int i = 0; i < expected.Length; i++)
        {
            Numbers.AssertClose(expected[i].Span, actual[i].Span, tolerance * (shapes[i].Length == 1 ? sumFactor : 1), $"tensor {i}");
            expected[i].Dispose();
            actual[i].Dispose();
        }
    }
}
