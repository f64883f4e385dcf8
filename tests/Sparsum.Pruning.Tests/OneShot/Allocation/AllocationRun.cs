using System.Text.Json;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods.SparseGpt;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>An allocation on a reference model, alone or with the pruning after it.</summary>
internal sealed class AllocationRun : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly IBackend backend;
    private readonly Oracle oracle;
    private readonly PruneOptions options;
    private readonly CalibrationOptions calibration;

    public AllocationRun(string model, PruneOptions options)
    {
        // Where weights are updated, one decision on the edge that falls the other way carries on into all columns behind it: in doubles it does not.
        backend = options.Method is SparseGptMethod ? new ReferenceBackend() : new CpuBackend(1);
        oracle = Oracle.Open(model);
        string ids = temporary["ids.json"];
        File.WriteAllText(ids, JsonSerializer.Serialize(new { input_ids = oracle.CalibrationIds }));
        calibration = new CalibrationOptions { File = ids };
        this.options = PruneTask.NeedsCalibration(options) ? options with { Calibration = calibration } : options;
        Pretrained = PretrainedModel.Open(oracle.Folder);
    }

    /// <summary>The model, not loaded.</summary>
    public PretrainedModel Pretrained { get; }

    /// <summary>Targets by the oracle's names of layers.</summary>
    public Dictionary<string, LayerTarget> Targets(AllocationResult result) => Pretrained.Model.Blocks
        .SelectMany(block => block.Linears.Select((linear, place) =>
            (Name: Oracle.NameOf(block, linear), Target: result.Plan.Target(block.Index, place))))
        .ToDictionary(entry => entry.Name, entry => entry.Target);

    public AllocationResult Allocate()
    {
        Directory.CreateDirectory(temporary["state"]);
        return options.Allocation.Allocate(new AllocationContext
        {
            Pretrained = Pretrained,
            Task = PruneTask.Of(options),
            Calibration = CalibrationLoader.Load(calibration, Pretrained),
            Backend = backend,
            StateFolder = temporary["state"],
        });
    }

    /// <summary>Prunes and compares masks, sparsity and perplexity with a run of the reference.</summary>
    public void AssertPrunedLike(string run)
    {
        var expected = oracle.Run(run);
        string output = temporary["out"];
        var result = new BlockwisePruner(backend).Run(oracle.Folder, output, options);
        using var pruned = PretrainedModel.Open(output);
        pruned.LoadAll();
        int allowed = expected.TryGetProperty("check", out var check) && check.TryGetProperty("below_1e_5", out var close) ? 2 * close.GetInt32() : 0;
        int different = ReferenceRunTests.CountDifferences(oracle.Masks(run), pruned.LanguageModel, run);
        Assert.True(different <= allowed, $"{different} mask bits differ, {allowed} may");
        long zeros = expected.GetProperty("pruned_weights").GetInt64();
        Assert.InRange(result.Zeros, zeros - allowed, zeros + allowed);
        double perplexity = expected.GetProperty("perplexity").GetDouble();
        Assert.Equal(
            perplexity,
            ReferenceRunTests.Perplexity(pruned.LanguageModel, backend, oracle.EvaluationIds),
            perplexity * (different == 0 ? 1e-5 : 1e-3));
    }

    public void Dispose()
    {
        Pretrained.Dispose();
        backend.Dispose();
        temporary.Dispose();
    }
}
