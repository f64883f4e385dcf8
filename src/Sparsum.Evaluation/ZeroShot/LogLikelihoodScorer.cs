using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Evaluation.ZeroShot;

/// <summary>How likely a continuation is.</summary>
/// <param name="Sum">The sum of its tokens' logarithmic probabilities, in nats.</param>
/// <param name="IsGreedy">Whether each of its tokens was the likeliest.</param>
public readonly record struct LogLikelihood(double Sum, bool IsGreedy);

/// <summary>
/// Scores documents of one shape together: what their requests have in common goes through the model once per document, and its keys and
/// values serve all requests. A document's shape alone decides what is computed for it, so its figures have the same bits in any batch.
/// </summary>
internal sealed class LogLikelihoodScorer(CausalLanguageModel model, Computation computation)
{
    /// <summary>Most bytes of logits that exist at a time.</summary>
    private const int LogitBytes = 64 << 20;

    /// <summary>
    /// Fewest rows of a pass. Products of few rows take another way with sums in another order, so that a document alone would get other bits
    /// than among others.
    /// </summary>
    private const int LeastRows = 16;

    /// <summary>Scores documents whose <see cref="EncodedDocument.Shared"/> and <see cref="EncodedDocument.Rest"/> are equal.</summary>
    /// <returns>For each document one figure per request.</returns>
    /// <exception cref="RunFailedException">A figure is not finite.</exception>
    public LogLikelihood[][] Score(IReadOnlyList<EncodedDocument> documents)
    {
        var results = documents.Select(document => document.Requests.Select(_ => new LogLikelihood(0, true)).ToArray()).ToArray();
        int shared = documents[0].Shared;
        int rest = documents[0].Rest;
        using var cache = shared == 0 || rest == 0 ? null : model.CreateCache(Padded(documents.Count, shared), shared);
        if (shared > 0)
        {
            var rows = new List<Target>();
            for (int i = 0; i < documents.Count; i++)
            {
                foreach (var (request, sequence) in documents[i].Requests.Index())
                {
                    AddTargets(rows, (i, request), sequence, from: sequence.First, to: Math.Min(shared, sequence.Length), row: (i * shared) - 1);
                }
            }

            Run([.. documents.SelectMany(document => document.Requests[0].Ids.Take(shared))], shared, cache, rows, results);
        }

        if (rest > 0)
        {
            ScoreRest(documents, cache, results);
        }

        return results;
    }

    /// <summary>What follows the shared start, padded on the right, where padding is behind all that is scored.</summary>
    private void ScoreRest(IReadOnlyList<EncodedDocument> documents, KeyValueCache? prefix, LogLikelihood[][] results)
    {
        int shared = documents[0].Shared;
        int rest = documents[0].Rest;
        int count = documents.Sum(document => document.Requests.Length);
        int[] ids = new int[count * rest];
        var rows = new List<Target>();
        var owners = new List<int>();
        for (int i = 0; i < documents.Count; i++)
        {
            foreach (var (request, sequence) in documents[i].Requests.Index())
            {
                int start = owners.Count * rest;
                sequence.Ids.AsSpan(shared, sequence.Length - shared).CopyTo(ids.AsSpan(start));
                AddTargets(rows, (i, request), sequence, from: Math.Max(sequence.First, shared + 1), to: sequence.Length, row: start - shared - 1);
                owners.Add(i);
            }
        }

        using var cache = prefix is null ? null : Spread(prefix, owners, rest);
        Run(ids, rest, cache, rows, results);
    }

    private static void AddTargets(List<Target> targets, (int, int) owner, EncodedRequest sequence, int from, int to, int row)
    {
        for (int index = from; index <= to; index++)
        {
            targets.Add(new Target(row + index, sequence.Ids[index], owner));
        }
    }

    /// <summary>A cache in which each sequence begins with the keys and values of its document.</summary>
    private KeyValueCache Spread(KeyValueCache prefix, List<int> owners, int rest)
    {
        int shared = prefix.Length;
        int capacity = shared + rest;
        var cache = model.CreateCache(Padded(owners.Count, rest), capacity);
        foreach (var block in model.Blocks)
        {
            for (int row = 0; row < owners.Count; row++)
            {
                prefix.Keys(block.Index).Copy(owners[row] * shared, shared, cache.Keys(block.Index), row * capacity);
                prefix.Values(block.Index).Copy(owners[row] * shared, shared, cache.Values(block.Index), row * capacity);
            }
        }

        cache.Advance(shared);
        return cache;
    }

    private static int Padded(int sequences, int length) => Math.Max(sequences, (LeastRows + length - 1) / length);

    private void Run(int[] ids, int length, KeyValueCache? cache, List<Target> targets, LogLikelihood[][] results)
    {
        int sequences = Padded(ids.Length / length, length);
        Array.Resize(ref ids, sequences * length);
        var batch = new TokenBatch(ids, sequences);
        var pass = model.BeginPass(computation, batch, cache);
        using var hidden = model.ForwardHidden(pass, batch);
        int[] rows = [.. targets.Select(target => target.Row).Distinct()];
        int chunk = Math.Max(LeastRows, LogitBytes / sizeof(float) / model.VocabularySize);
        var byRow = targets.ToLookup(target => target.Row);
        for (int start = 0; start < rows.Length; start += chunk)
        {
            int[] part = rows[start..Math.Min(rows.Length, start + chunk)];
            using var chosen = computation.Gather(hidden, [.. part, .. Enumerable.Repeat(part[0], Math.Max(0, LeastRows - part.Length))]);
            using var logits = model.Project(pass, chosen);
            for (int i = 0; i < part.Length; i++)
            {
                foreach (var target in byRow[part[i]])
                {
                    Add(logits.Rows(i, 1), target, ref results[target.Owner.Document][target.Owner.Request]);
                }
            }
        }
    }

    private void Add(Tensor logits, Target target, ref LogLikelihood result)
    {
        Span<double> loss = [0];
        computation.Backend.CrossEntropy(logits, [target.Token], loss);
        if (!double.IsFinite(loss[0]))
        {
            throw new RunFailedException("loss-not-finite", "The model gives no probabilities that are finite.")
            {
                Found = double.IsNaN(loss[0]) ? "NaN" : "infinity",
                Hint = "The model's weights are damaged or overflow: inspect the model, or measure the dense one first.",
            };
        }

        bool isLikeliest = System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(logits.Span) == target.Token;
        result = new(result.Sum - loss[0], result.IsGreedy && isLikeliest);
    }

    /// <summary>A token that is predicted from a row of hidden states.</summary>
    private readonly record struct Target(int Row, int Token, (int Document, int Request) Owner);
}
