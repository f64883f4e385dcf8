using System.ComponentModel;
using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Allocation.AlphaPruning;
using Sparsum.Pruning.OneShot.Allocation.Divergence;
using Sparsum.Pruning.OneShot.Allocation.NeuronAl;
using Sparsum.Pruning.OneShot.Allocation.Owl;
using Sparsum.Pruning.OneShot.Allocation.Progression;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>
/// An allocation that loses to none of its candidates: levels of layers or blocks are searched for by what they do to the model's next-token
/// distributions, and the result stands against the other allocations on calibration sequences that the search has not seen, each as the run
/// would prune with it. The best of all is taken.
/// </summary>
[Description("searched by output divergence, and never worse than the others on held-out calibration text")]
public sealed class SearchAllocation : IAllocation
{
    private const string OwnName = "search";
    private const string WithRows = "search with rows";

    private readonly SearchOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public SearchAllocation(SearchOptions? options = null)
    {
        this.options = options ?? new SearchOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => OwnName;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public bool KeepsState => true;

    /// <inheritdoc/>
    public void Check(AllocationTask task)
    {
        // The default serves whatever it can; who asks for rows gets them.
        if (options.UnlikeRows.Count > 0 && !RowTrials.AreRowsFree(task) && !options.RowLambdas.SequenceEqual(new SearchOptions().RowLambdas))
        {
            throw new InvalidInputException("conflicting-options", "Rows cannot have ratios of their own here.")
            {
                Option = "search.row-lambdas",
                Found = $"search.row-lambdas={SettingText.Format(options.RowLambdas)} with `method {task.Method.Name}`, and the granularity, pattern and blocks of rows that were given",
                Expected = "a method that scores weights, and weights that compete within rows, one by one",
                Hint = "Leave out `search.row-lambdas`.",
            };
        }
    }

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        // Whoever cannot be judged by the next token is refused before hours are spent.
        _ = context.Pretrained.LanguageModel;
        var samples = FirstSamples(context.Calibration!);
        var searched = samples.First(options.Samples - options.HeldOut);
        int[][] last = [.. samples.Sequences.Skip(searched.Samples)];
        var heldOut = new CalibrationSet(last, samples.Provenance with { IdsSha256 = CalibrationSet.Hash(last), Samples = last.Length });
        var report = new JsonObject();
        var plans = new List<(string Name, SparsityPlan Plan)>();
        foreach (string name in options.CandidateNames)
        {
            if (PlanOf(name, context, report, cancellationToken) is { } plan)
            {
                plans.Add((name, plan));
            }
        }

        var store = MeasurementStore.Open(Path.Combine(context.StateFolder, "search.json"), heldOut.Provenance.IdsSha256);
        using var judge = new DivergenceJudge(context, samples, heldOut, context.Task.Pruner);
        var divergences = plans.ConvertAll(plan => Judge(plan.Name, plan.Plan));
        if (context.Sparsity > 0)
        {
            var zeros = ExistingZeros.Count(context, cancellationToken);
            var found = new LevelRun(context, options, searched, zeros).Execute(plans, cancellationToken);
            plans.Add((OwnName, found.Plan));
            report["levels"] = found.Report;
            divergences.Add(Judge(OwnName, found.Plan));
            if (RowTrials.CanServe(context.Task, options))
            {
                var (withRows, tried) = new RowTrials(context, options, searched, zeros).Execute(found.Plan, cancellationToken);
                report["rows"] = tried;
                if (withRows is not null)
                {
                    plans.Add((WithRows, withRows));
                    divergences.Add(Judge(WithRows, withRows));
                }
            }
        }

        int best = Enumerable.Range(0, plans.Count).MinBy(i => divergences[i]);
        report["chosen"] = plans[best].Name;
        report["candidates"] = new JsonObject(plans.Zip(divergences, (plan, divergence) =>
            KeyValuePair.Create(plan.Name, (JsonNode?)(double.IsFinite(divergence) ? JsonValue.Create(divergence) : null))));
        report["heldOutSha256"] = heldOut.Provenance.IdsSha256;
        report["layers"] = Layers(context.Pretrained.Model, plans[best].Plan);
        return new AllocationResult(plans[best].Plan) { Report = report };

        double Judge(string name, SparsityPlan plan) => store.GetOrAdd(
            name, () => judge.Measure(plan, $"search, judging {name} on held-out text", cancellationToken));
    }

    /// <inheritdoc/>
    public AllocationCost Estimate(TransformerModel model, AllocationTask task, MemoryEstimate pruning, CalibrationShape? data)
    {
        var used = data! with { Samples = Math.Min(options.Samples, data!.Samples) };
        var judged = TrialCost.Of(
            model, task.Pruner.Needs, pruning, used, used with { Samples = options.HeldOut }, options.CandidateNames.Count + (RowTrials.CanServe(task, options) ? 2 : 1));
        var costs = options.CandidateNames.Select(name => Create(name).Estimate(model, task, pruning, data))
            .Append(judged)
            .Append(SearchCost.Of(model, options, task, pruning, used))
            .ToList();
        if (RowTrials.CanServe(task, options))
        {
            costs.Add(RowTrials.CostOf(model, options, task, pruning, used with { Samples = used.Samples - options.HeldOut }));
        }

        return new AllocationCost(costs.Max(cost => cost.Bytes), costs.Sum(cost => cost.Operations), costs.Sum(cost => cost.StateBytes));
    }

    /// <summary>What streams instead of holding the model in memory.</summary>
    /// <inheritdoc/>
    public IEnumerable<(string Settings, IAllocation Allocation)> Lighter(AllocationTask task)
    {
        if (options.CandidateNames.Contains("neuronal"))
        {
            string fewer = string.Join(',', options.CandidateNames.Where(name => name != "neuronal"));
            yield return ($"`search.candidates={fewer}`", new SearchAllocation(options with { Candidates = fewer }));
        }

        yield return ("`allocation progression`, which holds one block at a time", new ProgressionAllocation());
    }

    private static IAllocation Create(string name) => name switch
    {
        "owl" => new OwlAllocation(),
        "alphapruning" => new AlphaPruningAllocation(),
        "neuronal" => new NeuronAlAllocation(),
        "progression" => new ProgressionAllocation(),
        _ => new UniformAllocation(),
    };

    /// <summary>The plan of a candidate, kept for a resume; null, with the reason in the report, where it cannot serve the task.</summary>
    private static SparsityPlan? PlanOf(string name, AllocationContext context, JsonObject report, CancellationToken cancellationToken)
    {
        string path = Path.Combine(context.StateFolder, $"search.{name}.json");
        try
        {
            var allocation = Create(name);
            allocation.Check(context.Task);
            if (AllocationStore.Load(path, context.Pretrained.Model.Blocks) is { } known)
            {
                return known.Plan;
            }

            var result = allocation.Allocate(context, cancellationToken);
            return AllocationStore.Keep(path, EqualZeros.Apply(result.Plan, context.Pretrained.Model.Blocks, context.Task), result.Report).Plan;
        }
        catch (InvalidInputException exception) when (name != "uniform" && exception.Code != "damaged-journal")
        {
            // No error of the run: the search does without.
            var left = report["leftOut"] as JsonObject ?? [];
            left[name] = exception.Message;
            report["leftOut"] = left;
            return null;
        }
    }

    private static JsonArray Layers(TransformerModel model, SparsityPlan plan) => new([.. model.Blocks.SelectMany(block =>
        block.Linears.Select((layer, place) =>
        {
            var target = plan.Target(block.Index, place);
            var entry = new JsonObject { ["name"] = layer.Name, ["ratio"] = target.Ratio };
            if (target.Pattern is { } pattern)
            {
                entry["pattern"] = pattern.ToString();
            }

            return entry;
        }))]);

    private CalibrationSet FirstSamples(CalibrationSet calibration) => calibration.Samples >= options.Samples
        ? calibration.First(options.Samples)
        : throw new InvalidInputException("too-few-samples", "The search uses more sequences than there are.")
        {
            File = calibration.Provenance.File,
            Found = FormattableString.Invariant($"{calibration.Samples} sequences"),
            Expected = FormattableString.Invariant($"at least {options.Samples}"),
            Hint = FormattableString.Invariant($"Give more calibration sequences, or lower search.samples and search.held-out."),
        };
}
