using Sparsum.Tensors;

namespace Sparsum.Transformers.Layers;

/// <summary>
/// Experts: MLPs of which a router picks a few for each token, whose outputs are summed with the router's weights (Shazeer et al. 2017;
/// Jiang et al. 2024). Each expert is a layer of its own that sees the tokens sent to it; the router is small and stays as it is.
/// </summary>
public sealed class MixtureOfExperts : IFeedForward
{
    /// <summary>Scores every expert for a token, <c>[experts, hidden]</c>.</summary>
    public required Parameter Router { get; init; }

    /// <summary>The MLPs among which it chooses.</summary>
    public required IReadOnlyList<FeedForwardLayer> Experts { get; init; }

    /// <summary>How many a token passes.</summary>
    public required int ExpertsPerToken { get; init; }

    /// <summary>Whether the weights of the chosen experts sum to 1; otherwise they are their share among all experts.</summary>
    public required bool NormalizesWeights { get; init; }

    /// <summary>An MLP that every token passes; null where there is none.</summary>
    public FeedForwardLayer? SharedExpert { get; init; }

    /// <summary>Weighs <see cref="SharedExpert"/> for a token, <c>[1, hidden]</c> before a sigmoid; null adds it in full.</summary>
    public Parameter? SharedGate { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<FeedForwardLayer> Layers => SharedExpert is null ? Experts : [.. Experts, SharedExpert];

    /// <inheritdoc/>
    public IReadOnlyList<Linear> Linears => [.. Layers.SelectMany(layer => layer.Linears)];

    /// <inheritdoc/>
    public IEnumerable<Parameter> Parameters =>
        [Router, .. Layers.SelectMany(layer => layer.Parameters), .. SharedGate is null ? [] : new[] { SharedGate }];

    /// <inheritdoc/>
    public Tensor Forward(ForwardPass pass, Tensor input)
    {
        var sum = pass.Computation.Zeros(input.Shape);
        ForEachExpert(pass, input, (own, expert, seen, tokens, weights, places) =>
        {
            using var given = expert.Forward(own, seen);
            pass.Computation.AddWeightedRows(ref sum, given, tokens, weights, places);
        });
        if (SharedExpert is not null)
        {
            using var given = SharedExpert.Forward(pass, input);
            AddShared(pass, input, given, ref sum);
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Observe(ForwardPass pass, Tensor input)
    {
        ForEachExpert(pass, input, (own, expert, seen, _, _, _) => expert.Observe(own, seen));
        SharedExpert?.Observe(pass, input);
    }

    /// <summary>Runs the router, and calls for each expert that gets tokens with their states, numbers, and where their weights are.</summary>
    private void ForEachExpert(ForwardPass pass, Tensor input, Action<ForwardPass, FeedForwardLayer, Tensor, int[], Tensor, int[]> run)
    {
        using var logits = pass.Computation.Linear(input, Router.Value, rowwise: pass.IsRowwise);
        var (chosen, weights) = pass.Computation.Route(logits, ExpertsPerToken, NormalizesWeights);
        using var released = weights;
        var placesOf = Experts.Select(_ => new List<int>()).ToArray();
        for (int place = 0; place < chosen.Length; place++)
        {
            placesOf[chosen[place]].Add(place);
        }

        for (int expert = 0; expert < placesOf.Length; expert++)
        {
            if (placesOf[expert].Count > 0)
            {
                int[] places = [.. placesOf[expert]];
                int[] tokens = [.. places.Select(place => place / ExpertsPerToken)];
                using var seen = pass.Computation.Gather(input, tokens);
                run(pass with { TokensOfSequences = Count(pass, tokens) }, Experts[expert], seen, tokens, weights, places);
            }
        }
    }

    /// <summary>How many of some tokens belong to each sequence; null when nobody looks.</summary>
    private static int[]? Count(ForwardPass pass, int[] tokens)
    {
        if (pass.Observer is null)
        {
            return null;
        }

        var counts = new int[pass.Batch];
        foreach (int token in tokens)
        {
            counts[token / pass.Length]++;
        }

        return counts;
    }

    private void AddShared(ForwardPass pass, Tensor input, Tensor given, ref Tensor sum)
    {
        if (SharedGate is null)
        {
            pass.Computation.AddInPlace(ref sum, given);
            return;
        }

        int[] tokens = [.. Enumerable.Range(0, input.RowCount)];
        using var weights = pass.Computation.Linear(input, SharedGate.Value, null, Activation.Sigmoid, pass.IsRowwise);
        pass.Computation.AddWeightedRows(ref sum, given, tokens, weights, tokens);
    }
}
