using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using static TorchSharp.torch;

namespace Sparsum.Opponents.Torch;

/// <summary>A BERT classifier, its attention by libtorch's own operation.</summary>
internal sealed class TorchBert(TransformerModel model, BertConfig config, int[] ids, int batch, int[] labels) : TorchModel(model, config.HiddenDropoutProb)
{
    private readonly Tensor ids = tensor([.. ids.Select(id => (long)id)], [batch, ids.Length / batch]);
    private readonly Tensor labels = tensor([.. labels.Select(label => (long)label)]);

    /// <inheritdoc/>
    protected override Tensor Loss()
    {
        var states = Look("bert.embeddings.word_embeddings.weight", ids)
            + Weight("bert.embeddings.position_embeddings.weight").narrow(0, 0, ids.shape[1])
            + Weight("bert.embeddings.token_type_embeddings.weight")[0];
        states = Drop(Norm("bert.embeddings.LayerNorm", states));
        for (int i = 0; i < config.NumHiddenLayers; i++)
        {
            states = Layer($"bert.encoder.layer.{i}", states);
        }

        var pooled = Linear("bert.pooler.dense", states.select(1, 0)).tanh();
        return nn.functional.cross_entropy(Linear("classifier", Drop(pooled)), labels);
    }

    private Tensor Layer(string name, Tensor states)
    {
        var context = nn.functional.scaled_dot_product_attention(Project("query"), Project("key"), Project("value"), p: Dropout);
        states = Norm($"{name}.attention.output.LayerNorm", Drop(Linear($"{name}.attention.output.dense", JoinHeads(context))) + states);
        var inner = nn.functional.gelu(Linear($"{name}.intermediate.dense", states));
        return Norm($"{name}.output.LayerNorm", Drop(Linear($"{name}.output.dense", inner)) + states);

        Tensor Project(string part) => SplitHeads(Linear($"{name}.attention.self.{part}", states), config.NumAttentionHeads);
    }

    private Tensor Norm(string name, Tensor states) =>
        nn.functional.layer_norm(states, [config.HiddenSize], Weight($"{name}.weight"), Weight($"{name}.bias"), config.LayerNormEps);
}
