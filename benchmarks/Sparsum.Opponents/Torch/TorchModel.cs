using Sparsum.Transformers.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Sparsum.Opponents.Torch;

/// <summary>The weights of one of our models in libtorch, under their names, and the step that trains them: backward, clipping, AdamW.</summary>
internal abstract class TorchModel : IDisposable
{
    private readonly Dictionary<string, Parameter> weights;
    private readonly Dictionary<string, Embedding> tables = [];
    private readonly optim.Optimizer optimizer;

    /// <summary>Copies a model.</summary>
    protected TorchModel(TransformerModel model, double dropout)
    {
        Dropout = dropout;
        weights = model.Parameters.ToDictionary(
            parameter => parameter.Name,
            parameter => new Parameter(tensor(parameter.Value.Span.ToArray(), [.. parameter.Shape.ToArray().Select(size => (long)size)])));
        optimizer = optim.AdamW(weights.Values, lr: 5e-5, weight_decay: 0.01);
    }

    /// <summary>The rate of all dropout.</summary>
    protected double Dropout { get; }

    /// <summary>Does one step and returns the loss before it.</summary>
    public double Step()
    {
        using var scope = NewDisposeScope();
        optimizer.zero_grad();
        var loss = Loss();
        loss.backward();
        nn.utils.clip_grad_norm_(weights.Values, 1);
        optimizer.step();
        return loss.item<float>();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        optimizer.Dispose();
        foreach (var weight in weights.Values)
        {
            weight.Dispose();
        }
    }

    /// <summary>The loss of the one batch.</summary>
    protected abstract Tensor Loss();

    /// <summary>A weight by the name that ours has.</summary>
    protected Tensor Weight(string name) => weights[name];

    /// <summary>Rows of a table.</summary>
    protected Tensor Look(string name, Tensor ids)
    {
        if (!tables.TryGetValue(name, out var table))
        {
            tables[name] = table = nn.Embedding(Weight(name).shape[0], Weight(name).shape[1]);
            table.weight = weights[name];
        }

        return table.forward(ids);
    }

    /// <summary>A linear layer.</summary>
    protected Tensor Linear(string name, Tensor input) =>
        nn.functional.linear(input, Weight($"{name}.weight"), weights.GetValueOrDefault($"{name}.bias"));

    /// <summary>Dropout as in training.</summary>
    protected Tensor Drop(Tensor input) => Dropout == 0 || !is_grad_enabled() ? input : nn.functional.dropout(input, Dropout, training: true);

    /// <summary><c>[batch, length, width]</c> as <c>[batch, heads, length, head]</c>.</summary>
    protected static Tensor SplitHeads(Tensor states, long heads) =>
        states.view(states.shape[0], states.shape[1], heads, -1).transpose(1, 2);

    /// <summary>The way back.</summary>
    protected static Tensor JoinHeads(Tensor states) => states.transpose(1, 2).flatten(2);
}
