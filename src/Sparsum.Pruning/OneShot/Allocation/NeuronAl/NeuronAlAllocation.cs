using System.ComponentModel;
using System.Globalization;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>
/// NeuronAl (Cunegatti, Custode and Iacca 2024, Zeroth-Order Adaptive Neuron Alignment Based Pruning without Re-Training): of several ways
/// to skew the sparsity over blocks, then over rows, the one whose activations differ least from the dense ones.
/// </summary>
[Description("ratios per block, then per row, that keep activations closest to the dense ones (Cunegatti et al. 2024)")]
public sealed class NeuronAlAllocation : IAllocation
{
    private const string FewLambdas = "0.05,0.1,0.15,0.2";

    private readonly NeuronAlOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public NeuronAlAllocation(NeuronAlOptions? options = null)
    {
        this.options = options ?? new NeuronAlOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "neuronal";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public bool KeepsState => true;

    /// <inheritdoc/>
    public bool SharesWork => true;

    /// <inheritdoc/>
    public void Check(AllocationTask task) => RulesFor(task);

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        var rules = RulesFor(context.Task);
        var samples = FirstSamples(context.Calibration!, rules.Samples);
        var blocks = context.Pretrained.Model.Blocks;
        var zeros = ExistingZeros.Count(context, cancellationToken);
        var plans = rules.Step == NeuronAlStep.Row
            ? [new Candidate(0, [.. blocks.Select(block => block.Linears.Select(_ => new LayerTarget(context.Sparsity)).ToArray())])]
            : BlockCandidates.Create(context, rules);
        var report = new NeuronAlReport(rules, blocks, zeros.Share);
        if (rules.ScreenSamples > 0 && plans.Count > SearchRules.Finalists)
        {
            plans = Screen(context, rules, samples, "block", plans, zeros, report, cancellationToken);
        }

        var candidates = Adjust(zeros, plans);
        using var blockSearch = new CandidateSearch(context, rules, samples, rules.Step == NeuronAlStep.Row ? "uniform" : "block", candidates);
        var blockJournal = blockSearch.Run(cancellationToken);
        var chosen = candidates[blockJournal.Best];
        report.Add(blockJournal, candidates);
        if (rules.Step != NeuronAlStep.Block)
        {
            var signals = new RowSignals(blocks, blockSearch.Signals(blockJournal.Best), rules);
            blockSearch.Dispose();
            var rowPlans = RowCandidates.Create(blocks, plans[blockJournal.Best], signals, rules);
            if (rules.ScreenSamples > 0 && rowPlans.Count > SearchRules.Finalists)
            {
                rowPlans = Screen(context, rules, samples, "row", rowPlans, zeros, report, cancellationToken);
            }

            var rowCandidates = Adjust(zeros, rowPlans);
            using var rowSearch = new CandidateSearch(context, rules, samples, "row", rowCandidates);
            var rowJournal = rowSearch.Run(cancellationToken);
            report.AddRows(rowJournal);
            chosen = rowCandidates[rowJournal.Best];
        }

        return new AllocationResult(new SparsityPlan(chosen.Targets)) { Report = report.Create(chosen) };
    }

    /// <inheritdoc/>
    public AllocationCost Estimate(TransformerModel model, AllocationTask task, MemoryEstimate pruning, CalibrationShape? data) =>
        NeuronAlCost.Of(model, RulesFor(task), task.SearchPruner.Needs, pruning, data!);

    /// <summary>Half-precision states, then fewer candidates, then fewer sequences.</summary>
    /// <inheritdoc/>
    public IEnumerable<(string Settings, IAllocation Allocation)> Lighter(AllocationTask task)
    {
        var lighter = options with { HiddenStates = HiddenStateType.Bfloat16 };
        bool isHalf = options.HiddenStates == HiddenStateType.Bfloat16;
        string half = isHalf ? "" : " `neuronal.hidden-states=bfloat16`";
        if (!isHalf)
        {
            yield return ("`neuronal.hidden-states=bfloat16`", new NeuronAlAllocation(lighter));
        }

        double[] few = [.. FewLambdas.Split(',').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
        var fewer = lighter with { BlockLambdas = few, RowLambdas = [0, .. few] };
        if (Math.Max(options.BlockLambdas.Count, options.RowLambdas.Count) > few.Length + 1 && IsReachable(fewer, task))
        {
            yield return ($"`neuronal.block-lambdas={FewLambdas}` `neuronal.row-lambdas=0,{FewLambdas}`{half}", new NeuronAlAllocation(fewer));
        }

        for (int samples = options.Samples / 2; samples > 0; samples /= 2)
        {
            yield return (FormattableString.Invariant($"`neuronal.samples={samples}`{half}"), new NeuronAlAllocation(lighter with { Samples = samples, ScreenSamples = Math.Min(lighter.ScreenSamples, samples - 1) }));
        }
    }

    /// <summary>What a run searches, and how.</summary>
    internal SearchRules RulesFor(AllocationTask task) => SearchRules.For(options, task);

    /// <summary>The candidates that are best on a few sequences, in their order.</summary>
    private static IReadOnlyList<Candidate> Screen(
        AllocationContext context,
        SearchRules rules,
        CalibrationSet samples,
        string step,
        IReadOnlyList<Candidate> plans,
        ExistingZeros zeros,
        NeuronAlReport report,
        CancellationToken cancellationToken)
    {
        var few = rules with { PerplexityFile = null, Samples = rules.ScreenSamples };
        using var search = new CandidateSearch(context, few, samples.First(few.Samples), $"screen-{step}", Adjust(zeros, plans));
        var journal = search.Run(cancellationToken);
        report.AddScreen(step, journal);
        return [.. Enumerable.Range(0, plans.Count).OrderBy(journal.Metric).Take(SearchRules.Finalists).Order().Select(i => plans[i])];
    }

    private static bool IsReachable(NeuronAlOptions options, AllocationTask task)
    {
        try
        {
            SearchRules.For(options, task);
            return true;
        }
        catch (InvalidInputException)
        {
            return false;
        }
    }

    private static IReadOnlyList<Candidate> Adjust(ExistingZeros zeros, IReadOnlyList<Candidate> candidates) =>
        [.. candidates.Select(candidate => candidate with { Targets = zeros.Adjust(candidate.Targets) })];

    private static CalibrationSet FirstSamples(CalibrationSet calibration, int samples) => calibration.Samples >= samples
        ? calibration.First(samples)
        : throw new InvalidInputException("too-few-samples", "NeuronAl tries candidates on more sequences than there are.")
        {
            File = calibration.Provenance.File,
            Found = FormattableString.Invariant($"{calibration.Samples} sequences"),
            Expected = FormattableString.Invariant($"at least {samples}"),
            Hint = FormattableString.Invariant($"Give more calibration sequences, or `neuronal.samples={calibration.Samples}`."),
        };
}
