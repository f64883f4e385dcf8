using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Numerics;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Cpu;

/// <summary>Every operation gives the same bits for any number of threads; the tensors are large enough for several pieces.</summary>
public class ThreadCountTests
{
    private const int Rows = 60;
    private const int Columns = 1500;

    public static TheoryData<string> Operations => [.. All.Keys];

    private static Dictionary<string, Action<IBackend, Tensor>> All { get; } = new()
    {
        ["activate"] = (backend, x) => backend.Activate(Activation.GeluErf, x, x),
        ["gate"] = (backend, x) => backend.Gate(Activation.Silu, x, x, x),
        ["add"] = (backend, x) => backend.Add(x, x, x),
        ["scale"] = (backend, x) => backend.Scale(x, 0.7f),
        ["layer norm"] = (backend, x) => backend.LayerNorm(x, null, null, 1e-5f, x),
        ["rms norm"] = (backend, x) => backend.RmsNorm(x.Rows(1, 59), x.Rows(0, 1), 1e-5f, true, x.Rows(1, 59)),
        ["softmax"] = (backend, x) => backend.Softmax(x),
        ["rotate"] = (backend, x) =>
            backend.Rotate(x, 10, new RotaryTable([.. Enumerable.Range(1, 50).Select(i => 1.0 / i)], Rows), [.. Enumerable.Range(0, Rows)]),
        ["gather"] = (backend, x) => backend.Gather(x.Rows(0, 7), [.. Enumerable.Range(0, 53).Select(i => i % 7)], x.Rows(7, 53), true),
        ["cross entropy"] = (backend, x) => Keep(x, losses => backend.CrossEntropy(x, [.. Enumerable.Range(0, Rows)], losses.AsSpan(0, Rows))),
        ["column squares"] = (backend, x) => Keep(x, sums => backend.AddColumnSquareSums(x, sums)),
        ["double column sums"] = (backend, x) => Keep(x, sums => backend.AddColumnSums(x, sums)),
        ["gram"] = (backend, x) => Keep(x, sums =>
        {
            using var gram = new DoubleMatrix(Columns, Columns);
            backend.AddGram(x, gram);
            gram.Row(Columns - 1).CopyTo(sums);
        }),
        ["attention"] = (backend, x) => Attend(backend, x, 200, true),
        ["attention dropout"] = (backend, x) => Attend(backend, x, 200, false, 0.3f),
        ["activation gradient"] = (backend, x) => backend.ActivationGradient(
            Activation.GeluErf, x.Rows(0, 29), x.Rows(29, 29), x.Rows(29, 29), x.Rows(59, 1)),
        ["gate gradient"] = (backend, x) => backend.GateGradient(
            Activation.Silu, x.Rows(0, 20), x.Rows(20, 20), x.Rows(40, 20), x.Rows(40, 20), x.Rows(20, 20)),
        ["layer norm gradient"] = (backend, x) => backend.LayerNormGradient(
            x.Rows(0, 29), null, 1e-5f, x.Rows(29, 29), x.Rows(0, 29), x.Rows(58, 1), x.Rows(59, 1)),
        ["rms norm gradient"] = (backend, x) => backend.RmsNormGradient(
            x.Rows(0, 29), x.Rows(58, 1), 1e-5f, true, x.Rows(29, 29), x.Rows(0, 29), x.Rows(59, 1)),
        ["column sums"] = (backend, x) => backend.AddColumnSums(x.Rows(0, 59), x.Rows(59, 1)),
        ["scatter"] = (backend, x) => backend.ScatterAdd(x.Rows(0, 53), [.. Enumerable.Range(0, 53).Select(i => i % 7)], x.Rows(53, 7)),
        ["cross entropy gradient"] = (backend, x) => backend.CrossEntropyGradient(x, [.. Enumerable.Range(0, Rows)], 0.3f, x),
        ["dropout"] = (backend, x) => backend.Dropout(x, 0.4f, new RandomStream(1, 2)),
        ["attention gradient"] = (backend, x) => DifferentiateAttention(backend, x, false),
        ["attention dropout gradient"] = (backend, x) => DifferentiateAttention(backend, x, false, 0.3f),
        ["attention bias gradient"] = (backend, x) => DifferentiateAttention(backend, x, true),
        ["disentangled scores"] = (backend, x) => Disentangle(backend, x, isGradient: false),
        ["disentangled gradient"] = (backend, x) => Disentangle(backend, x, isGradient: true),
        ["one query"] = (backend, x) => Attend(backend, x, 1, false),
    };

    [Theory]
    [MemberData(nameof(Operations))]
    public void DoesNotChangeTheBits(string operation)
    {
        var expected = Run(operation, 1);
        foreach (int threads in new[] { 2, 3, 5 })
        {
            Assert.Equal(expected, Run(operation, threads));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void DoesNotChangeTheBitsOfWeightsInFewBits(int tokens)
    {
        using var weight = Numbers.Random(1, 900, 300);
        using var input = Numbers.Random(2, tokens, 300);
        float[]? expected = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using var pool = new WorkerPool(threads);
            using var packed = new Backends.Cpu.LowPrecision.Int8Weight(weight, leavesZerosOut: false, pool);
            using var output = Tensor.Allocate(tokens, 900);
            packed.Multiply(input, output, pool);
            expected ??= output.ToArray();
            Assert.Equal(expected, output.ToArray());
        }
    }

    private static float[] Run(string operation, int threads)
    {
        using var backend = new CpuBackend(threads);
        using var x = Numbers.Random(3, Rows, Columns);
        All[operation](backend, x);
        return x.ToArray();
    }

    /// <summary>Lets an operation fill an array of doubles and keeps it in the tensor, both halves of each.</summary>
    private static void Keep(Tensor x, Action<double[]> fill)
    {
        var values = new double[Columns];
        fill(values);
        for (int i = 0; i < values.Length; i++)
        {
            x.Row(0)[i] = (float)values[i];
            x.Row(1)[i] = (float)(values[i] - (float)values[i]);
        }
    }

    private static void Attend(IBackend backend, Tensor x, int queries, bool causal, float rate = 0)
    {
        var options = new AttentionOptions
        {
            Batch = 1,
            QueryLength = queries,
            KeyLength = 250,
            KeyCapacity = 250,
            HeadCount = 6,
            KeyValueHeadCount = 2,
            HeadSize = 10,
            Scale = 0.3f,
            Causal = causal,
            Dropout = rate == 0 ? null : new AttentionDropout(rate, new RandomStream(5, 6)),
        };

        // Queries, keys, values and output one behind the other.
        var rows = x.Reshape(Rows * Columns / 20, 20);
        backend.Attention(
            rows.Rows(0, queries * 3).Reshape(queries, 60),
            rows.Rows(1000, 250),
            rows.Rows(2000, 250),
            null,
            options,
            rows.Rows(3000, queries * 3).Reshape(queries, 60));
    }

    private static void Disentangle(IBackend backend, Tensor x, bool isGradient)
    {
        var options = new AttentionOptions
        {
            Batch = 3,
            QueryLength = 20,
            KeyLength = 20,
            KeyCapacity = 20,
            HeadCount = 2,
            KeyValueHeadCount = 2,
            HeadSize = 10,
            Scale = 0.3f,
        };
        int[] rowOfDistance = [.. Enumerable.Range(-19, 39).Select(distance => Math.Clamp(distance + 6, 0, 11))];
        var rows = x.Reshape(Rows * Columns / 20, 20);
        var (query, key, positionKey, positionQuery) = (rows.Rows(0, 60), rows.Rows(60, 60), rows.Rows(120, 12), rows.Rows(132, 12));
        var scores = rows.Rows(200, 120);
        if (isGradient)
        {
            backend.DisentangleGradient(
                query, key, positionKey, positionQuery, rowOfDistance, options, scores, rows.Rows(400, 60), rows.Rows(460, 60), rows.Rows(520, 12), rows.Rows(532, 12));
        }
        else
        {
            backend.Disentangle(query, key, positionKey, positionQuery, rowOfDistance, options, scores);
        }
    }

    private static void DifferentiateAttention(IBackend backend, Tensor x, bool withBias, float rate = 0)
    {
        var options = new AttentionOptions
        {
            Batch = 3,
            QueryLength = 50,
            KeyLength = 50,
            KeyCapacity = 50,
            HeadCount = 4,
            KeyValueHeadCount = 2,
            HeadSize = 10,
            Scale = 0.3f,
            Causal = true,
            Dropout = rate == 0 ? null : new AttentionDropout(rate, new RandomStream(5, 6)),
        };

        // Eight matrices one behind the other; those of the queries have 40 columns and those of the keys 20.
        var rows = x.Reshape(Rows * Columns / 20, 20);
        var bias = withBias ? rows.Rows(3000, 500).Reshape(4, 50, 50) : null;
        backend.AttentionGradient(
            rows.Rows(0, 300).Reshape(150, 40),
            rows.Rows(300, 150),
            rows.Rows(450, 150),
            bias,
            options,
            rows.Rows(600, 300).Reshape(150, 40),
            rows.Rows(900, 300).Reshape(150, 40),
            rows.Rows(1200, 150),
            rows.Rows(1350, 150),
            withBias ? rows.Rows(3500, 500).Reshape(4, 50, 50) : null);
    }
}
