using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Output;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.RandomModel;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>A small random model on disk with ready calibration ids, and runs on it.</summary>
internal sealed class TestModel : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public TestModel(RandomLlama? shape = null, int samples = 3, int tokens = 10)
    {
        Ids = folder["ids.safetensors"];
        var model = shape ?? new RandomLlama { Blocks = 3, KeyValueHeads = 2, ShardBytes = 20_000 };
        model.Write(Input);
        model.WriteIds(Ids, samples, tokens);
    }

    /// <summary>A model of any family with calibration ids as JSON.</summary>
    public TestModel(ModelConfig config, string ids)
    {
        using var model = RandomInitialization.Create(config, 5);
        ModelWriter.Save(Input, config, model);
        Ids = folder["ids.json"];
        File.WriteAllText(Ids, ids);
    }

    public string Root => folder.Root;

    public string Input => folder["model"];

    public string Output => folder["out"];

    public string Work => folder["out.partial"];

    public string Ids { get; }

    public PruneOptions Options => new() { Sparsity = 0.6, ShardBytes = 20_000, Calibration = new CalibrationOptions { File = Ids } };

    public string At(string name) => folder[name];

    public PruneResult Prune(
        PruneOptions? options = null,
        ExistingOutput existing = ExistingOutput.Refuse,
        Action<PruneProgress>? progress = null,
        string? output = null,
        int threads = 1,
        CancellationToken cancellationToken = default)
    {
        options ??= Options;
        if (!PruneTask.NeedsCalibration(options))
        {
            options = options with { Calibration = null };
        }

        using var backend = new CpuBackend(threads);
        return new BlockwisePruner(backend).Run(
            Input, output ?? Output, options, existing, progress is null ? null : new Reporter(progress), cancellationToken);
    }

    public void Dispose() => folder.Dispose();

    private sealed class Reporter(Action<PruneProgress> report) : IProgress<PruneProgress>
    {
        public void Report(PruneProgress value) => report(value);
    }
}
