using Sparsum.Tensors;
using Sparsum.Tensors.Autograd;
using Sparsum.Transformers.Layers;

namespace Sparsum.Benchmarks.Training;

/// <summary>
/// Forward and backward of one layer of BERT-base's shape: 16 sequences of 128 tokens, width 768, 12 heads, MLP 3072, norms after the
/// residuals, exact GELU. All gradients are computed, those of the input too, as within a stack of such layers.
/// </summary>
internal sealed class EncoderLayerStep : IDisposable
{
    private const int Batch = 16;
    private const int Length = 128;
    private const int Hidden = 768;
    private const int Intermediate = 3072;
    private const int Heads = 12;

    private readonly TransformerBlock block = CreateBlock();
    private readonly Tensor input = Random(0, 1, Batch * Length, Hidden);
    private readonly Tensor inputGradient = Tensor.Zeros(Batch * Length, Hidden);
    private readonly Tensor outputGradient = Random(1, 1, Batch * Length, Hidden);
    private readonly Computation computation;
    private readonly Tape tape;
    private readonly ForwardPass pass;

    /// <summary>Prepares the layer on a backend, which stays the caller's.</summary>
    public EncoderLayerStep(IBackend backend)
    {
        computation = new Computation(backend);
        tape = computation.Record();
        pass = new ForwardPass { Computation = computation, Batch = Batch, Length = Length, Positions = [] };
        int seed = 2;
        foreach (var parameter in block.Parameters)
        {
            parameter.Set(Random(seed++, 0.05f, parameter.Shape));
            parameter.EnableGradient();
        }

        tape.Watch(block.Parameters);
        tape.Watch(input, inputGradient);
    }

    /// <summary>Clears the gradients and runs forward.</summary>
    public Tensor Forward()
    {
        tape.Reset();
        inputGradient.Clear();
        foreach (var parameter in block.Parameters)
        {
            parameter.EnableGradient();
        }

        return block.Forward(pass, input);
    }

    /// <summary>Runs backward from a given gradient of the output.</summary>
    public void Backward(Tensor output)
    {
        tape.Seed(output, outputGradient);
        tape.Backward();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        computation.Dispose();
        input.Dispose();
        inputGradient.Dispose();
        outputGradient.Dispose();
        foreach (var parameter in block.Parameters)
        {
            parameter.Release();
        }
    }

    private static TransformerBlock CreateBlock()
    {
        var attention = new AttentionLayer
        {
            Query = Project("query", Hidden, Hidden),
            Key = Project("key", Hidden, Hidden),
            Value = Project("value", Hidden, Hidden),
            Output = Project("output", Hidden, Hidden),
            HeadCount = Heads,
            KeyValueHeadCount = Heads,
            HeadSize = Hidden / Heads,
            Scale = 1 / MathF.Sqrt(Hidden / Heads),
        };
        var feedForward = new FeedForwardLayer
        {
            Up = Project("up", Intermediate, Hidden),
            Down = Project("down", Hidden, Intermediate),
            Activation = Activation.GeluErf,
        };
        return new TransformerBlock
        {
            Index = 0,
            Name = "layer",
            Style = BlockStyle.PostNorm,
            Attention = attention,
            FeedForward = feedForward,
            AttentionNorm = Norm("attention_norm"),
            FeedForwardNorm = Norm("feed_forward_norm"),
            Linears = [.. attention.Linears, .. feedForward.Linears],
        };
    }

    private static Linear Project(string name, int outputSize, int inputSize) =>
        new(new Parameter($"{name}.weight", outputSize, inputSize), new Parameter($"{name}.bias", outputSize));

    private static Normalization Norm(string name) =>
        Normalization.LayerNorm(new Parameter($"{name}.weight", Hidden), new Parameter($"{name}.bias", Hidden), 1e-12f);

    private static Tensor Random(int seed, float range, params ReadOnlySpan<int> shape)
    {
        var random = new Random(seed);
        var tensor = Tensor.Allocate(shape);
        foreach (ref float value in tensor.Span)
        {
            value = ((random.NextSingle() * 2) - 1) * range;
        }

        return tensor;
    }
}
