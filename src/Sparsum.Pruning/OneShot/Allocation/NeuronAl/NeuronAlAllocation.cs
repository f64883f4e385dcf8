using Sparsum.Core;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Scoring;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>
/// NeuronAl (Cunegatti, Custode and Iacca 2024, Zeroth-Order Adaptive Neuron Alignment Based Pruning without Re-Training): of several ways
/// to skew the sparsity over blocks, then over rows, the one whose activations differ least from the dense ones.
/// </summary>
public sealed class NeuronAlAllocation : IAllocation
{
    /// <inheritdoc/>
    public string Name => "neuronal";

    /// <inheritdoc/>
    public string Description => "ratios per block, then per row, that keep activations closest to the dense ones (Cunegatti et al. 2024)";

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public bool KeepsState => true;

    /// <inheritdoc/>
    public IReadOnlyList<MethodSetting> Settings => NeuronAlOptions.Settings;

    /// <inheritdoc/>
    public void Check(PruneOptions options) => NeuronAlOptions.Read(options);

    /// <inheritdoc/>
    public AllocationResult Allocate(AllocationContext context, CancellationToken cancellationToken = default)
    {
        var options = NeuronAlOptions.Read(context.Options);
        var samples = FirstSamples(context.Calibration!, options.Samples);
        var blocks = context.Pretrained.Model.Blocks;
        var zeros = ExistingZeros.Count(context, cancellationToken);
        var plans = options.Step == NeuronAlStep.Row
            ? [new Candidate(0, [.. blocks.Select(block => block.Linears.Select(_ => new LayerTarget(context.Sparsity)).ToArray())])]
            : BlockCandidates.Create(context, options);
        var candidates = Adjust(zeros, plans);
        using var blockSearch = new CandidateSearch(context, options, samples, options.Step == NeuronAlStep.Row ? "uniform" : "block", candidates);
        var blockJournal = blockSearch.Run(cancellationToken);
        var chosen = candidates[blockJournal.Best];
        var report = new NeuronAlReport(options, blocks, zeros.Share);
        report.Add(blockJournal, candidates);
        if (options.Step != NeuronAlStep.Block)
        {
            var signals = new RowSignals(blocks, blockSearch.Signals(blockJournal.Best), options);
            blockSearch.Dispose();
            var rowCandidates = Adjust(zeros, RowCandidates.Create(blocks, plans[blockJournal.Best], signals, options));
            using var rowSearch = new CandidateSearch(context, options, samples, "row", rowCandidates);
            var rowJournal = rowSearch.Run(cancellationToken);
            report.AddRows(rowJournal);
            chosen = rowCandidates[rowJournal.Best];
        }

        return new AllocationResult(new SparsityPlan(chosen.Targets)) { Report = report.Create(chosen) };
    }

    /// <inheritdoc/>
    public long EstimateBytes(TransformerModel model, PruneOptions options, MemoryEstimate pruning, CalibrationShape? data) =>
        NeuronAlCost.Bytes(model, NeuronAlOptions.Read(options), pruning, data!);

    /// <inheritdoc/>
    public long EstimateStateBytes(TransformerModel model, PruneOptions options, CalibrationShape? data) =>
        NeuronAlCost.StateBytes(model, NeuronAlOptions.Read(options), data!);

    /// <inheritdoc/>
    public double EstimateWork(TransformerModel model, PruneOptions options, StatisticKinds needs, CalibrationShape? data) =>
        NeuronAlCost.Work(model, NeuronAlOptions.Read(options), needs, data!);

    /// <inheritdoc/>
    public IEnumerable<(string Option, PruneOptions Options)> Lighter(PruneOptions options) => NeuronAlCost.Lighter(options);

    private static IReadOnlyList<Candidate> Adjust(ExistingZeros zeros, IReadOnlyList<Candidate> candidates) =>
        [.. candidates.Select(candidate => candidate with { Targets = zeros.Adjust(candidate.Targets) })];

    private static CalibrationSet FirstSamples(CalibrationSet calibration, int samples) => calibration.Samples >= samples
        ? calibration.First(samples)
        : throw new InvalidInputException("too-few-samples", "NeuronAl tries candidates on more sequences than there are.")
        {
            File = calibration.Provenance.File,
            Found = FormattableString.Invariant($"{calibration.Samples} sequences"),
            Expected = FormattableString.Invariant($"at least {samples}"),
            Hint = FormattableString.Invariant($"Give more calibration sequences, or --set neuronal.samples={calibration.Samples}."),
        };
}
