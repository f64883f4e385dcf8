using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.Tests.Fakes;

internal static class FakeModels
{
    /// <summary>
    /// A model without blocks whose next-token probabilities are the given table <c>[current][next]</c>: the embedding of a token is its
    /// one-hot vector and the head holds the logarithms.
    /// </summary>
    public static CausalLanguageModel Bigram(double[][] probabilities)
    {
        int size = probabilities.Length;
        var model = new CausalLanguageModel
        {
            TokenEmbedding = new Parameter("embedding.weight", size, size),
            Blocks = [],
            Head = new Linear(new Parameter("head.weight", size, size)),
            HiddenSize = size,
            MaxPositions = 64,
        };
        var embedding = Tensor.Zeros(size, size);
        var head = Tensor.Zeros(size, size);
        for (int current = 0; current < size; current++)
        {
            embedding.Row(current)[current] = 1;
            for (int next = 0; next < size; next++)
            {
                head.Row(next)[current] = (float)Math.Log(probabilities[current][next]);
            }
        }

        model.TokenEmbedding.Set(embedding);
        model.Head.Weight.Set(head);
        return model;
    }

    /// <summary>A small decoder with learned positions; its parameters have no values yet.</summary>
    public static CausalLanguageModel Decoder(int vocabulary = 6, int blocks = 2)
    {
        const int Hidden = 8;
        return new CausalLanguageModel
        {
            TokenEmbedding = new Parameter("embedding.weight", vocabulary, Hidden),
            PositionEmbedding = new Parameter("positions.weight", 66, Hidden),
            PositionOffset = 2,
            PositionRule = PositionRule.MaskCount,
            Blocks = [.. Enumerable.Range(0, blocks).Select(Block)],
            FinalNorm = Norm("norm", Hidden),
            Head = Linear("head", vocabulary, Hidden),
            HiddenSize = Hidden,
            MaxPositions = 64,
        };

        static TransformerBlock Block(int index)
        {
            var attention = new AttentionLayer
            {
                Query = Linear($"{index}.q", Hidden, Hidden),
                Key = Linear($"{index}.k", Hidden, Hidden),
                Value = Linear($"{index}.v", Hidden, Hidden),
                Output = Linear($"{index}.o", Hidden, Hidden),
                HeadCount = 2,
                KeyValueHeadCount = 2,
                HeadSize = Hidden / 2,
                Scale = 0.5f,
                IsCausal = true,
            };
            var feedForward = new FeedForwardLayer
            {
                Up = Linear($"{index}.up", 16, Hidden),
                Down = Linear($"{index}.down", Hidden, 16),
                Activation = Activation.Relu,
            };
            return new TransformerBlock
            {
                Index = index,
                Name = $"{index}",
                Style = BlockStyle.PreNorm,
                Attention = attention,
                FeedForward = feedForward,
                AttentionNorm = Norm($"{index}.norm1", Hidden),
                FeedForwardNorm = Norm($"{index}.norm2", Hidden),
                Linears = [.. attention.Linears, .. feedForward.Linears],
            };
        }
    }

    /// <summary>Gives a parameter values that depend on its name alone.</summary>
    public static void Load(Parameter parameter) =>
        parameter.Set(Numbers.Random(parameter.Name.Aggregate(17, (seed, letter) => (seed * 31) + letter), parameter.Shape.ToArray()));

    private static Linear Linear(string name, int outputs, int inputs) =>
        new(new Parameter($"{name}.weight", outputs, inputs), new Parameter($"{name}.bias", outputs));

    private static Normalization Norm(string name, int size) =>
        Normalization.LayerNorm(new Parameter($"{name}.weight", size), new Parameter($"{name}.bias", size), 1e-5f);
}
