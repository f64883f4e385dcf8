using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using static TorchSharp.torch;

namespace Sparsum.Opponents.Torch;

/// <summary>T5 version 1.0: a training step, and beam search with the keys and values of finished tokens kept.</summary>
internal sealed class TorchT5(TransformerModel model, T5Config config, int[] ids, int[] targets, int batch) : TorchModel(model, config.DropoutRate)
{
    private readonly Tensor ids = tensor([.. ids.Select(id => (long)id)], [batch, ids.Length / batch]);
    private readonly Tensor targets = tensor([.. targets.Select(id => (long)id)]);

    /// <summary>The best continuation of every source by beam search, all of one length.</summary>
    public long[][] Generate(int beams, int length)
    {
        using var scope = NewDisposeScope();
        using var none = no_grad();
        var source = Encode().repeat_interleave(beams, dim: 0);
        var layers = Enumerable.Range(0, config.NumLayers).Select(i => new Memory(this, i, source)).ToArray();
        var tokens = zeros(batch * beams, 0, dtype: int64);
        var last = zeros(batch * beams, 1, dtype: int64);
        var scores = tensor([.. Enumerable.Range(0, batch * beams).Select(row => row % beams == 0 ? 0f : -1e9f)]);
        var firstOfGroup = arange(batch, dtype: int64).unsqueeze(1) * beams;
        for (int step = 0; step < length; step++)
        {
            using var inner = NewDisposeScope();
            var states = Look("shared.weight", last);
            var bias = Bias("decoder", 1, step + 1, first: step);
            foreach (var memory in layers)
            {
                states = memory.Next(states, bias);
            }

            var total = nn.functional.log_softmax(Logits(states).squeeze(1), -1) + scores.unsqueeze(1);
            (Tensor best, Tensor places) = total.view(batch, -1).topk(beams);
            var rows = (places.div(config.VocabSize, RoundingMode.floor) + firstOfGroup).flatten();
            last = places.remainder(config.VocabSize).view(-1, 1);
            tokens = cat([tokens.index_select(0, rows), last], 1);
            scores = best.flatten();
            (last, tokens, scores) = (last.MoveToOuterDisposeScope(), tokens.MoveToOuterDisposeScope(), scores.MoveToOuterDisposeScope());
            foreach (var memory in layers)
            {
                memory.Reorder(rows);
            }
        }

        return [.. Enumerable.Range(0, batch).Select(item => tokens[item * beams].data<long>().ToArray())];
    }

    /// <inheritdoc/>
    protected override Tensor Loss()
    {
        var source = Encode();
        var shifted = cat([zeros(batch, 1, dtype: int64), targets.view(batch, -1).narrow(1, 0, (targets.shape[0] / batch) - 1)], 1);
        var states = Drop(Look("shared.weight", shifted));
        long length = shifted.shape[1];
        var bias = Bias("decoder", length, length, first: 0) + full([length, length], float.NegativeInfinity).triu(1);
        for (int i = 0; i < config.NumLayers; i++)
        {
            string name = $"decoder.block.{i}.layer";
            var normed = Norm($"{name}.0.layer_norm", states);
            states += Attend($"{name}.0.SelfAttention", normed, Keys($"{name}.0.SelfAttention", normed), bias);
            normed = Norm($"{name}.1.layer_norm", states);
            states += Attend($"{name}.1.EncDecAttention", normed, Keys($"{name}.1.EncDecAttention", source), null);
            states += FeedForward($"{name}.2", states);
        }

        return nn.functional.cross_entropy(Logits(states).flatten(0, 1), targets);
    }

    private Tensor Encode()
    {
        var states = Drop(Look("shared.weight", ids));
        var bias = Bias("encoder", ids.shape[1], ids.shape[1], first: 0);
        for (int i = 0; i < config.NumLayers; i++)
        {
            string name = $"encoder.block.{i}.layer";
            var normed = Norm($"{name}.0.layer_norm", states);
            states += Attend($"{name}.0.SelfAttention", normed, Keys($"{name}.0.SelfAttention", normed), bias);
            states += FeedForward($"{name}.1", states);
        }

        return Drop(Norm("encoder.final_layer_norm", states));
    }

    private Tensor Logits(Tensor states) =>
        nn.functional.linear(Drop(Norm("decoder.final_layer_norm", states)) * Math.Pow(config.DModel, -0.5), Weight("shared.weight"));

    private (Tensor Keys, Tensor Values) Keys(string name, Tensor states) =>
        (SplitHeads(Linear($"{name}.k", states), config.NumHeads), SplitHeads(Linear($"{name}.v", states), config.NumHeads));

    private Tensor Attend(string name, Tensor states, (Tensor Keys, Tensor Values) memory, Tensor? bias)
    {
        var scores = SplitHeads(Linear($"{name}.q", states), config.NumHeads).matmul(memory.Keys.transpose(-1, -2));
        var weights = nn.functional.softmax(bias is null ? scores : scores + bias, -1);
        return Drop(Linear($"{name}.o", JoinHeads(Drop(weights).matmul(memory.Values))));
    }

    private Tensor FeedForward(string name, Tensor states) =>
        Drop(Linear($"{name}.DenseReluDense.wo", Drop(Linear($"{name}.DenseReluDense.wi", Norm($"{name}.layer_norm", states)).relu())));

    private Tensor Norm(string name, Tensor states) =>
        Weight($"{name}.weight") * (states * rsqrt(states.pow(2).mean([-1], keepdim: true) + config.LayerNormEpsilon));

    /// <summary>Relative positions as <c>[1, heads, queries, keys]</c>; the first query stands at <paramref name="first"/>.</summary>
    private Tensor Bias(string stack, long queries, long keys, long first)
    {
        var rows = new long[queries * keys];
        for (long query = 0; query < queries; query++)
        {
            for (long key = 0; key < keys; key++)
            {
                rows[(query * keys) + key] = Bucket(key - query - first, stack == "encoder");
            }
        }

        string table = $"{stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
        return Look(table, tensor(rows, [queries, keys])).permute(2, 0, 1).unsqueeze(0);
    }

    private long Bucket(long distance, bool isBidirectional)
    {
        int buckets = isBidirectional ? config.RelativeAttentionNumBuckets / 2 : config.RelativeAttentionNumBuckets;
        long start = isBidirectional && distance > 0 ? buckets : 0;
        long far = isBidirectional ? Math.Abs(distance) : Math.Max(-distance, 0);
        int exact = buckets / 2;
        return far < exact
            ? start + far
            : start + Math.Min(
                buckets - 1, exact + (long)(Math.Log((double)far / exact) / Math.Log((double)config.RelativeAttentionMaxDistance / exact) * (buckets - exact)));
    }

    /// <summary>Keys and values of one decoder layer while text is written.</summary>
    private sealed class Memory(TorchT5 owner, int index, Tensor source)
    {
        private readonly string name = $"decoder.block.{index}.layer";
        private readonly (Tensor Keys, Tensor Values) cross = owner.Keys($"decoder.block.{index}.layer.1.EncDecAttention", source);
        private (Tensor Keys, Tensor Values)? self;

        public Tensor Next(Tensor states, Tensor bias)
        {
            var normed = owner.Norm($"{name}.0.layer_norm", states);
            var (keys, values) = owner.Keys($"{name}.0.SelfAttention", normed);
            self = self is { } before ? (cat([before.Keys, keys], 2), cat([before.Values, values], 2)) : (keys, values);
            states += owner.Attend($"{name}.0.SelfAttention", normed, self.Value, bias);
            states += owner.Attend($"{name}.1.EncDecAttention", owner.Norm($"{name}.1.layer_norm", states), cross, null);
            return states + owner.FeedForward($"{name}.2", states);
        }

        /// <summary>Beams of one source share what crosses, so only the text's own part moves.</summary>
        public void Reorder(Tensor rows) => self =
            (self!.Value.Keys.index_select(0, rows).MoveToOuterDisposeScope(), self.Value.Values.index_select(0, rows).MoveToOuterDisposeScope());
    }
}
