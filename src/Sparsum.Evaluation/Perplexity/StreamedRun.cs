using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>The hidden states of all batches on their way through a model that is loaded block by block.</summary>
internal sealed class StreamedRun(
    CausalLanguageModel model, List<SequenceBatch> batches, Computation computation, IProgress<PerplexityProgress>? progress) : IDisposable
{
    private readonly Tensor?[] hidden = new Tensor?[batches.Count];
    private readonly List<ForwardPass> passes = [.. batches.Select(batch => model.BeginPass(computation, batch.Tokens))];
    private int completed;

    /// <summary>Computes the input of block 0.</summary>
    public void Embed(CancellationToken cancellationToken) =>
        ForEachBatch(i => hidden[i] = model.Embed(passes[i], batches[i].Tokens), cancellationToken);

    /// <summary>Runs every batch through a block.</summary>
    public void Advance(TransformerBlock block, CancellationToken cancellationToken) => ForEachBatch(
        i =>
        {
            using var input = hidden[i]!;
            hidden[i] = block.Forward(passes[i], input);
        },
        cancellationToken);

    /// <summary>Finishes every batch and adds its losses.</summary>
    public void Score(LossTotal total, CancellationToken cancellationToken) => ForEachBatch(
        i =>
        {
            using var finished = model.Finish(passes[i], hidden[i]!);
            total.Add(model, passes[i], batches[i], finished);
        },
        cancellationToken);

    public void Dispose()
    {
        foreach (var tensor in hidden)
        {
            tensor?.Dispose();
        }
    }

    private void ForEachBatch(Action<int> step, CancellationToken cancellationToken)
    {
        for (int i = 0; i < batches.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            step(i);
            progress?.Report(new PerplexityProgress(++completed, batches.Count * (model.Blocks.Count + 2)));
        }
    }
}
