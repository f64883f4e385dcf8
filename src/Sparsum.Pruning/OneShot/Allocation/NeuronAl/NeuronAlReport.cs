using System.Text.Json.Nodes;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>What the search tried and chose, for the run record.</summary>
/// <param name="options">What was searched.</param>
/// <param name="blocks">The blocks.</param>
/// <param name="existingZeros">Share of zeros before pruning.</param>
internal sealed class NeuronAlReport(SearchRules options, IReadOnlyList<TransformerBlock> blocks, double existingZeros)
{
    private readonly JsonObject report = new()
    {
        ["step"] = options.Step.ToString().ToLowerInvariant(),
        ["samples"] = options.Samples,
        ["existingZeros"] = existingZeros,
    };

    /// <summary>Adds the block step, or the uniform plan that stands in for it.</summary>
    public void Add(SearchJournal journal, IReadOnlyList<Candidate> candidates)
    {
        if (options.Step == NeuronAlStep.Row)
        {
            report["uniformMetric"] = journal.Metric(0);
            report["uniformPerplexity"] = journal.Perplexities?[0];
            return;
        }

        report["lambdaBlock"] = journal.Lambdas[journal.Best];
        report["blockCandidates"] = Candidates(journal, (entry, i) => entry["ratios"] = Ratios(candidates[i]));
        report["blockRatios"] = Ratios(candidates[journal.Best]);
    }

    /// <summary>Adds what all candidates of a step did on a few sequences.</summary>
    public void AddScreen(string step, SearchJournal journal) => report[$"{step}Screen"] = Candidates(journal, (_, _) => { });

    /// <summary>Adds the row step.</summary>
    public void AddRows(SearchJournal journal)
    {
        report["lambdaRow"] = journal.Lambdas[journal.Best];
        report["rowCandidates"] = Candidates(journal, (_, _) => { });
    }

    /// <summary>The report, with the range of every layer's rows.</summary>
    public JsonObject Create(Candidate chosen)
    {
        report["layers"] = new JsonArray([.. blocks.SelectMany(block => block.Linears.Select((layer, place) =>
        {
            var target = chosen.Targets[block.Index][place];
            var entry = new JsonObject { ["name"] = layer.Name, ["ratio"] = target.Ratio };
            if (target.Pattern is { } pattern)
            {
                entry["pattern"] = pattern.ToString();
            }

            if (target.RowRatios is { } rows)
            {
                entry["leastRowRatio"] = rows.Min();
                entry["mostRowRatio"] = rows.Max();
                entry["meanRowRatio"] = rows.Average();
            }

            return entry;
        }))]);
        return report;
    }

    private static JsonArray Candidates(SearchJournal journal, Action<JsonObject, int> complete) =>
        new([.. journal.Lambdas.Select((lambda, i) =>
        {
            var entry = new JsonObject { ["lambda"] = lambda, ["metric"] = journal.Metric(i) };
            if (journal.Perplexities is { } perplexities)
            {
                entry["perplexity"] = perplexities[i];
            }

            complete(entry, i);
            return entry;
        })]);

    /// <summary>The ratio of each block; with patterns, whose layers differ, the mean over its weights.</summary>
    private JsonArray Ratios(Candidate candidate) => new([.. blocks.Select(block => JsonValue.Create(Ratio(block, candidate.Targets[block.Index])))]);

    private static double Ratio(TransformerBlock block, IReadOnlyList<LayerTarget> targets) => targets[0].Pattern is null
        ? targets[0].Ratio
        : BlockSizes.Mean([.. targets.Select(target => target.Ratio)], [.. block.Linears.Select(BlockSizes.Of)]);
}
