using Sparsum.Tensors;
using Sparsum.Tensors.Optimization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Penalties;

/// <summary>
/// The regularisers of a whole model between the steps of an optimiser: it hands out each weight's statistics for the sweep to fill and
/// turns them into the coefficients of the next step.
/// </summary>
public sealed class ModelPenalty
{
    private readonly List<(IPenaltyTerm Term, double Factor)> terms;
    private readonly Dictionary<Parameter, SweepStatistics> statistics = [];
    private readonly Dictionary<Parameter, FusedPenalty> penalties = [];
    private readonly float epsilon;
    private readonly PenaltyMode mode;

    /// <summary>Collects terms; each weight may be in one of them.</summary>
    /// <exception cref="ArgumentException">Two terms have the same weight.</exception>
    public ModelPenalty(IEnumerable<(IPenaltyTerm Term, double Factor)> terms, double epsilon = 1e-4, PenaltyMode mode = default)
    {
        this.terms = [.. terms];
        this.epsilon = (float)epsilon;
        this.mode = mode;
        var twice = this.terms.SelectMany(pair => pair.Term.Parameters).GroupBy(parameter => parameter).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            throw new ArgumentException($"'{twice.Key.Name}' is in two terms.", nameof(terms));
        }
    }

    /// <summary>NeuroPrune's regularisers: α on every attention module, β on every MLP.</summary>
    /// <exception cref="Sparsum.Core.InvalidInputException">A setting means nothing.</exception>
    public static ModelPenalty NeuroPrune(IEnumerable<TransformerBlock> blocks, PenaltyOptions options)
    {
        options.Validate();
        return new ModelPenalty(
            blocks.SelectMany(block => NeuroPrunePenalties.OfAttention(block, options).Select(term => (term, options.Alpha))
                .Concat(block.FeedForwards
                    .SelectMany(layer => NeuroPrunePenalties.OfFeedForward(layer, options))
                    .Select(term => (term, options.Beta)))),
            options.Epsilon,
            options.PenaltyMode);
    }

    /// <summary>The l1 baseline over the same weights.</summary>
    public static ModelPenalty L1(IEnumerable<Parameter> weights, double factor, double epsilon = 1e-4, PenaltyMode mode = default) =>
        new(weights.Select(weight => ((IPenaltyTerm)new L1Penalty(weight), factor)), epsilon, mode);

    /// <summary>Multiplies every factor, as a controller asks for; 1 unless set. Takes effect at the next refresh.</summary>
    public double Gain { get; set; } = 1;

    /// <summary>
    /// Measures the weights as they are and refreshes the coefficients: before the first step, and whenever a weight was written or shrunk
    /// outside the sweep, which otherwise keeps the statistics up to date.
    /// </summary>
    public void Measure(IBackend backend)
    {
        foreach (var (term, _) in terms)
        {
            foreach (var parameter in term.Parameters)
            {
                if (!Fits(parameter))
                {
                    statistics[parameter] = new SweepStatistics(parameter.Shape[0], parameter.Shape[1], epsilon, term.NeedsColumns);
                }

                AdamW.Measure(backend, parameter.Value, statistics[parameter]);
            }
        }

        Refresh();
    }

    /// <summary>The statistics that the sweep over a weight fills; null for a weight without penalty.</summary>
    public SweepStatistics? StatisticsOf(Parameter parameter) => statistics.GetValueOrDefault(parameter);

    /// <summary>The penalty of a weight at the last refresh; null for a weight without one, and where its factor is 0.</summary>
    public FusedPenalty? PenaltyOf(Parameter parameter) => penalties.GetValueOrDefault(parameter);

    /// <summary>Recomputes the coefficients from the statistics as they are now.</summary>
    /// <exception cref="InvalidOperationException">A weight was not measured at its present shape.</exception>
    public void Refresh()
    {
        penalties.Clear();
        foreach (var (term, factor) in terms.Where(pair => pair.Factor * Gain > 0))
        {
            foreach (var (parameter, penalty) in term.Parameters.Zip(term.Penalties(Gather(term), factor * Gain)))
            {
                penalties[parameter] = penalty with { Mode = mode };
            }
        }
    }

    /// <summary>The part of the objective: every term's value times its factor.</summary>
    public double Value() => terms.Sum(pair => pair.Factor * Gain * pair.Term.Value(Gather(pair.Term)));

    private SweepStatistics[] Gather(IPenaltyTerm term) =>
    [
        .. term.Parameters.Select(parameter => Fits(parameter)
            ? statistics[parameter]
            : throw new InvalidOperationException($"'{parameter.Name}' was not measured at its present shape.")),
    ];

    private bool Fits(Parameter parameter) =>
        statistics.TryGetValue(parameter, out var known) && known.Rows == parameter.Shape[0] && known.Columns == parameter.Shape[1];
}

/// <summary>Lists the terms of a model's regularisers. Output projections, biases, norms and embeddings have none.</summary>
public static class NeuroPrunePenalties
{
    /// <summary>Each attention module's terms: one for self-attention, one or two for cross-attention.</summary>
    public static IReadOnlyList<IPenaltyTerm> OfAttention(TransformerBlock block, PenaltyOptions options)
    {
        var terms = new List<IPenaltyTerm>();
        foreach (var attention in block.Attentions)
        {
            bool isCross = attention != block.Attentions[0];
            if (isCross && options.CrossAttentionGrouping == CrossAttentionGrouping.Split)
            {
                terms.Add(new AttentionPenalty([attention.Query.Weight], options.GroupFloor));
                terms.Add(new AttentionPenalty([attention.Key.Weight, attention.Value.Weight], options.GroupFloor));
            }
            else
            {
                terms.Add(new AttentionPenalty(
                    [attention.Query.Weight, attention.Key.Weight, attention.Value.Weight], options.GroupFloor));
            }
        }

        return terms;
    }

    /// <summary>An MLP's terms: one for each matrix, or one for gate and up together.</summary>
    public static IReadOnlyList<IPenaltyTerm> OfFeedForward(FeedForwardLayer feedForward, PenaltyOptions options)
    {
        var expand = feedForward.Expand.Select(linear => linear.Weight).ToList();
        IEnumerable<IReadOnlyList<Parameter>> groups = options.GatedCounts == GatedCounts.Joint
            ? [expand]
            : expand.Select(weight => new[] { weight });
        return [.. groups.Append([feedForward.Down.Weight]).Select(group => new MlpPenalty(group, options.MlpRowAxis))];
    }
}
