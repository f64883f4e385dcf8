using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Autograd;

/// <summary>The gradient of every recorded operation against central differences.</summary>
public class OperationGradientTests
{
    public static TheoryData<Activation> Activations => new(Enum.GetValues<Activation>());

    [Theory]
    [MemberData(nameof(Activations))]
    public void Linear(Activation activation)
    {
        Check((c, x) => c.Linear(x[0], x[1], x[2], activation), [3, 5], [4, 5], [4]);
        Check((c, x) => c.Linear(x[0], x[1], null, activation), [1, 2], [7, 2]);
    }

    [Theory]
    [MemberData(nameof(Activations))]
    public void Activate_and_gate(Activation activation)
    {
        Check((c, x) => c.Activate(activation, x[0]), [2, 9]);
        Check((c, x) => c.Gate(activation, x[0], x[1]), [3, 4], [3, 4]);
    }

    [Fact]
    public void Layer_norm()
    {
        Check((c, x) => c.LayerNorm(x[0], x[1], x[2], 1e-2f), [3, 6], [6], [6]);
        Check((c, x) => c.LayerNorm(x[0], null, null, 1e-1f), [2, 5]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rms_norm(bool unitOffset)
    {
        Check((c, x) => c.RmsNorm(x[0], x[1], 1e-2f, unitOffset), [3, 6], [6]);
        Check((c, x) => c.RmsNorm(x[0], x[1], 1e-1f, unitOffset), [2, 6], [3]);
    }

    [Theory]
    [InlineData(false, null, false, 2, 2)]
    [InlineData(true, null, false, 4, 2)]
    [InlineData(true, 2, false, 2, 1)]
    [InlineData(true, null, true, 2, 2)]
    [InlineData(false, 2, true, 1, 1)]
    public void Attention(bool causal, int? window, bool masked, int heads, int keyValueHeads)
    {
        var options = new AttentionOptions
        {
            Batch = 2,
            QueryLength = 3,
            KeyLength = 3,
            KeyCapacity = 3,
            HeadCount = heads,
            KeyValueHeadCount = keyValueHeads,
            HeadSize = 2,
            Scale = 0.7f,
            Causal = causal,
            Window = window,

            // In the first sequence the first query of a causal attention sees nothing.
            KeyMask = masked ? [0, 1, 1, 1, 0, 1] : null,
        };
        int[] query = [6, heads * 2];
        int[] key = [6, keyValueHeads * 2];
        Check((c, x) => c.Attention(x[0], x[1], x[2], null, options), query, key, key);
        Check((c, x) => c.Attention(x[0], x[1], x[2], x[3], options), query, key, key, [heads, 3, 3]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Attention_with_bounded_scores_or_slopes(bool isCapped)
    {
        var options = new AttentionOptions
        {
            Batch = 2,
            QueryLength = 3,
            KeyLength = 3,
            KeyCapacity = 3,
            HeadCount = 4,
            KeyValueHeadCount = 2,
            HeadSize = 2,
            Scale = 0.7f,
            Causal = true,
            SoftCap = isCapped ? 0.4f : null,
            KeySlopes = isCapped ? null : [0.5f, 0.25f, 0.125f, 1],
            KeyMask = [1, 1, 1, 1, 0, 1],
        };
        Check((c, x) => c.Attention(x[0], x[1], x[2], null, options), [6, 8], [6, 4], [6, 4]);
        Check((c, x) => c.Attention(x[0], x[1], x[2], x[3], options), [6, 8], [6, 4], [6, 4], [4, 3, 3]);
    }

    /// <summary>The scores are the bias of an attention, each sequence with its own; the outermost distances share a row.</summary>
    [Fact]
    public void Disentangled_attention()
    {
        var options = new AttentionOptions
        {
            Batch = 2,
            QueryLength = 3,
            KeyLength = 3,
            KeyCapacity = 3,
            HeadCount = 2,
            KeyValueHeadCount = 2,
            HeadSize = 2,
            Scale = 0.7f,
            HasBiasPerSequence = true,
            KeyMask = [1, 1, 1, 1, 0, 1],
        };
        int[] rows = [1, 1, 2, 3, 3];
        Check((c, x) => c.Disentangle(x[0], x[1], x[2], x[3], rows, options), [6, 4], [6, 4], [5, 4], [5, 4]);
        Check(
            (c, x) =>
            {
                using var bias = c.Disentangle(x[0], x[1], x[3], x[4], rows, options);
                return c.Attention(x[0], x[1], x[2], bias, options);
            },
            [6, 4], [6, 4], [6, 4], [5, 4], [5, 4]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Experts(bool normalizes)
    {
        // Far apart, so that no small step changes who is chosen.
        using var offsets = Tensor.From([4, 0, -4, 2, -2, 0, 0, 4, 2, -4, 2, -2], 3, 4);
        Check(
            (c, x) =>
            {
                using var logits = c.Add(x[0], offsets);
                var (chosen, weights) = c.Route(logits, 2, normalizes);
                var sum = c.Zeros(3, 5);
                for (int expert = 0; expert < 4; expert++)
                {
                    int[] places = [.. Enumerable.Range(0, chosen.Length).Where(place => chosen[place] == expert)];
                    int[] ids = [.. places.Select(place => place / 2)];
                    using var seen = c.Gather(x[1], ids);
                    using var given = c.Activate(Activation.Tanh, seen);
                    c.AddWeightedRows(ref sum, given, ids, weights, places);
                }

                weights.Dispose();
                return sum;
            },
            [3, 4], [3, 5]);
    }

    /// <summary>The stream is fixed, so that every evaluation drops the same.</summary>
    [Theory]
    [InlineData(false, 2, 2)]
    [InlineData(true, 4, 2)]
    public void Attention_with_dropout(bool causal, int heads, int keyValueHeads)
    {
        var options = new AttentionOptions
        {
            Batch = 2,
            QueryLength = 5,
            KeyLength = 5,
            KeyCapacity = 5,
            HeadCount = heads,
            KeyValueHeadCount = keyValueHeads,
            HeadSize = 2,
            Scale = 0.7f,
            Causal = causal,

            // In the first sequence the first query of a causal attention sees nothing.
            KeyMask = [0, 1, 1, 1, 1, 1, 1, 1, 0, 1],
            Dropout = new AttentionDropout(0.4f, new RandomStream(3, 4)),
        };
        int[] query = [10, heads * 2];
        int[] key = [10, keyValueHeads * 2];
        Check((c, x) => c.Attention(x[0], x[1], x[2], null, options), query, key, key);
        Check((c, x) => c.Attention(x[0], x[1], x[2], x[3], options), query, key, key, [heads, 5, 5]);
    }

    [Fact]
    public void Sums_and_views()
    {
        Check((c, x) => c.Add(x[0], x[1]), [2, 3], [2, 3]);
        Check((c, x) => c.Add(x[0], x[0]), [2, 3]);
        Check((c, x) => c.Copy(x[0]), [2, 3]);
        Check((c, x) => c.Copy(c.Reshape(x[0], 3, 2)), [2, 3]);
        Check((c, x) => c.Gather(x[0], [2, 0, 2, 2]), [3, 4]);
    }

    [Fact]
    public void In_place_operations()
    {
        Check(
            (c, x) =>
            {
                var y = c.Linear(x[0], x[1]);
                c.ScaleInPlace(ref y, 1.7f);
                c.RotateInPlace(ref y, 2, new RotaryTable([0.9, 0.3], 5), [0, 3, 4]);
                c.AddInPlace(ref y, x[2]);
                c.GatherInPlace(ref y, x[3], [1, 0, 1]);
                c.DropoutInPlace(ref y, 0);
                return y;
            },
            [3, 2], [10, 2], [3, 10], [2, 10]);
    }

    [Fact]
    public void In_place_operations_leave_values_that_a_gradient_needs()
    {
        Check(
            (c, x) =>
            {
                var y = c.Linear(x[0], x[1]);
                using var normalized = c.RmsNorm(y, x[2], 1e-1f);
                c.AddInPlace(ref y, normalized);
                using var gated = c.Gate(Activation.Silu, y, normalized);
                c.ScaleInPlace(ref y, -0.6f);
                c.AddInPlace(ref y, gated);
                return y;
            },
            [3, 2], [4, 2], [4]);
    }

    /// <summary>A pre-norm block in miniature: one tensor feeds a norm and a residual, and one weight is used twice.</summary>
    [Fact]
    public void A_residual_block()
    {
        Check(
            (c, x) =>
            {
                using var normalized = c.LayerNorm(x[0], x[1], x[2], 1e-1f);
                using var inner = c.Linear(normalized, x[3], x[4], Activation.GeluErf);
                var output = c.Linear(inner, x[3], x[4]);
                c.AddInPlace(ref output, x[0]);
                return output;
            },
            [3, 4], [4], [4], [4, 4], [4]);
    }

    private static void Check(Func<Computation, Tensor[], Tensor> function, params int[][] shapes)
    {
        Tensor[] inputs = [.. shapes.Select((shape, i) => Numbers.Random(11 + i, shape))];
        KeepFromKinks(inputs);
        GradientCheck.Run(inputs, function);
        Array.ForEach(inputs, input => input.Dispose());
    }

    /// <summary>ReLU has no derivative at 0, so single inputs stay away from it; seeds are such that sums do as well.</summary>
    private static void KeepFromKinks(Tensor[] inputs)
    {
        foreach (ref float value in inputs[0].Span)
        {
            value += MathF.CopySign(0.1f, value);
        }
    }
}
