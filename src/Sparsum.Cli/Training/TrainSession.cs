using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Tensors;
using Sparsum.Training;
using Sparsum.Training.Data;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Training;

/// <summary>A model, the method that makes it sparse, and the trainer of both.</summary>
internal sealed class TrainSession : IDisposable
{
    /// <summary>Prepares a run from its beginning.</summary>
    /// <param name="backend">What computes; stays the caller's.</param>
    /// <param name="pretrained">The classifier; the session's from now on.</param>
    /// <param name="sparse">Method, targets and settings.</param>
    /// <param name="data">The examples.</param>
    /// <param name="options">How to train.</param>
    /// <param name="seed">Seed of what the method draws.</param>
    /// <param name="observers">Hooks that come after the method.</param>
    public TrainSession(
        IBackend backend,
        PretrainedModel pretrained,
        SparseRun sparse,
        TrainingData data,
        TrainerOptions options,
        int seed,
        params IReadOnlyList<ITrainingHook> observers)
    {
        Pretrained = pretrained;
        Sparsifier = sparse.Method.Create(new SparsifierContext
        {
            Backend = backend,
            Model = pretrained.Model,
            Targets = sparse.Targets,
            Settings = sparse.Settings,
            Seed = (ulong)seed,
        });
        Trainer = new Trainer(backend, pretrained.Model, data, options, [Sparsifier, .. observers]);
    }

    public PretrainedModel Pretrained { get; }

    public TransformerModel Model => Pretrained.Model;

    public ISparsifier Sparsifier { get; }

    public Trainer Trainer { get; }

    public void Dispose()
    {
        Trainer.Dispose();
        Pretrained.Dispose();
    }

    /// <summary>What a run is made sparse by.</summary>
    internal sealed record SparseRun(ISparseMethod Method, SparseTargets Targets, MethodSettings Settings);
}
