using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>
/// Measures the perplexity of a causal language model: the exponential of the mean negative log-likelihood per predicted token
/// (Jelinek et al. 1977), over the sequences of a <see cref="TokenizedText"/>.
/// </summary>
public static class PerplexityEvaluator
{
    /// <summary>Measures a model whose parameters are loaded or packed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="text">The sequences.</param>
    /// <param name="backend">What computes.</param>
    /// <param name="progress">Told after every batch.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="InvalidInputException">The text has ids that the model does not know.</exception>
    /// <exception cref="RunFailedException">A loss is not finite.</exception>
    public static PerplexityResult Measure(
        CausalLanguageModel model,
        TokenizedText text,
        IBackend backend,
        IProgress<PerplexityProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        CheckIds(model, text);
        var batches = SequenceBatch.Plan(text.Sequences, text.Options.BatchTokens);
        var total = new LossTotal(text);
        using var computation = new Computation(backend);
        for (int i = 0; i < batches.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var pass = model.BeginPass(computation, batches[i].Tokens);
            using var finished = model.ForwardHidden(pass, batches[i].Tokens);
            total.Add(model, pass, batches[i], finished);
            progress?.Report(new PerplexityProgress(i + 1, batches.Count));
        }

        return total.ToResult();
    }

    /// <summary>
    /// Measures a model that need not fit in memory: one block is loaded at a time and run over all sequences, whose hidden states stay in
    /// memory (4 · tokens · hidden bytes). The figure is that of <see cref="Measure"/>. Parameters that are loaded already are used as
    /// they are.
    /// </summary>
    /// <inheritdoc cref="Measure"/>
    public static PerplexityResult MeasureStreaming(
        PretrainedModel model,
        TokenizedText text,
        IBackend backend,
        IProgress<PerplexityProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        MeasureStreaming(model.LanguageModel, model.Load, text, backend, progress, cancellationToken);

    internal static PerplexityResult MeasureStreaming(
        CausalLanguageModel model,
        Action<Parameter> load,
        TokenizedText text,
        IBackend backend,
        IProgress<PerplexityProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        CheckIds(model, text);
        var total = new LossTotal(text);
        var batches = SequenceBatch.Plan(text.Sequences, text.Options.BatchTokens).ToDictionary(batch => batch.Tokens);
        using var computation = new Computation(backend);
        var forward = new BlockwiseForward(model, computation, batches.Keys);
        using var states = forward.CreateStates();
        int completed = 0;
        using (Load(model.EmbeddingParameters))
        {
            forward.Embed(states, Report, cancellationToken);
        }

        foreach (var block in model.Blocks)
        {
            using var loaded = Load(block.Parameters);
            loaded.Pack(block.Linears, backend);
            forward.Propagate(block, states, observer: null, Report, cancellationToken);
        }

        using (Load(model.HeadParameters))
        {
            forward.Visit(states, Score, Report, cancellationToken);
        }

        return total.ToResult();

        LoadedParameters Load(IEnumerable<Parameter> parameters) => new(parameters, missing => missing.ToList().ForEach(load));

        void Score(ForwardPass pass, TokenBatch tokens, Tensor rows)
        {
            using var finished = model.Finish(pass, rows);
            total.Add(model, pass, batches[tokens], finished);
        }

        void Report(int done, int all)
        {
            if (done > 0)
            {
                progress?.Report(new PerplexityProgress(++completed, batches.Count * (model.Blocks.Count + 2)));
            }
        }
    }

    private static void CheckIds(CausalLanguageModel model, TokenizedText text)
    {
        int largest = text.Sequences.Max(ids => ids.Max());
        if (largest >= model.VocabularySize)
        {
            throw new InvalidInputException("unknown-token-id", "The tokenizer gives ids that the model does not have.")
            {
                Found = $"id {largest}",
                Expected = $"ids below {model.VocabularySize}",
                Hint = "Use the tokenizer that belongs to the model.",
            };
        }
    }
}
