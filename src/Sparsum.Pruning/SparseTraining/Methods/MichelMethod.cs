using System.ComponentModel;
using Sparsum.Core;
using Sparsum.Pruning.HeadElimination;
using Sparsum.Pruning.Measures;
using Sparsum.Pruning.SparseTraining.Gates;
using Sparsum.Training;
using Sparsum.Training.Data;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>
/// Head importance (Michel et al. 2019): plain fine-tuning, after which the heads that the loss depends on least are removed, without merging and
/// without training on.
/// </summary>
[Description("Plain fine-tuning, after which the heads that the loss depends on least go (Michel et al. 2019).")]
public sealed class MichelMethod : ISparseMethod
{
    private readonly MichelOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    /// <exception cref="InvalidInputException">A setting is out of range.</exception>
    public MichelMethod(MichelOptions? options = null)
    {
        this.options = options ?? new MichelOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "michel";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public ISparsifier Create(SparsifierContext context)
    {
        var places = HeadTargets.Require(context, Name, needsHeads: true);
        return new Sparsifier(context, options, places) { Fingerprint = Fingerprints.Of(this, context) };
    }

    private sealed class Sparsifier(SparsifierContext context, MichelOptions options, IReadOnlyList<AttentionPlace> places) : ISparsifier
    {
        private readonly PrunableWeights tracked = PrunableWeights.Of(context.Model.Blocks, SparsityScope.Regularised);
        private IReadOnlyList<HeadHistory> heads = [];

        public required string Fingerprint { get; init; }

        public IReadOnlyList<HeadHistory> Heads => heads;

        public SparsifierResult Finish(Trainer trainer, CancellationToken cancellationToken = default)
        {
            var before = tracked.Measure();
            long present = before.Removed;
            using (var gates = new HeadGates([.. places.Select(place => place.Attention)]))
            {
                var order = new HeadRanking(new HeadSensitivity(context.Backend, context.Model), gates, options.Exact)
                    .Order(Batches(trainer.Data), gates.Modules.Sum(module => module.HeadCount) - context.Targets.Heads!.Value, options.HeadsPerRound, cancellationToken);
                gates.Restore();
                heads = [.. places.Select((place, module) => HeadCut.Apply(trainer, place, [.. order.Where(head => head.Module == module).Select(head => head.Head)]))];
            }

            long removed = tracked.Removed - present;
            return new SparsifierResult(before, 0, 0, 0)
            {
                Sources = new SparsitySources(present, 0, removed, 0, tracked.Dense),
            };
        }

        private IReadOnlyList<TrainingBatch> Batches(TrainingData data)
        {
            var examples = data.Examples.Take(options.Examples == 0 ? data.Examples.Count : options.Examples);
            int together = options.Gradient == MichelGradient.PerExample ? 1 : data.Options.BatchSize;
            return [.. examples.Chunk(together).Select(part => new TrainingBatch(part, data.Options.PaddingToken))];
        }
    }
}
