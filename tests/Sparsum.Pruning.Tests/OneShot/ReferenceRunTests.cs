using System.Text.Json;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>Whole runs against the outputs of the published Wanda, SparseGPT, DSnoT and NeuronAl code.</summary>
public sealed class ReferenceRunTests
{
    private static readonly string[] Models = ["llama_a", "opt_a", "mistral_a", "phi_a", "wide_a"];

    public static TheoryData<string, string> Runs
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string model in Models.Where(model => SharedFiles.WhyMissing($"oracle/pruning/{model}") is null))
            {
                foreach (string run in Oracle.UniformRuns(model))
                {
                    data.Add(model, run);
                }
            }

            return data;
        }
    }

    [SharedTheory("oracle/pruning")]
    [MemberData(nameof(Runs))]
    public void Masks_sparsities_and_perplexity_agree(string model, string name)
    {
        var oracle = Oracle.Open(model);
        var expected = oracle.Run(name);
        using var temporary = new TemporaryFolder();
        using var backend = ReferenceOptions.BackendFor(name, oracle);

        var result = new BlockwisePruner(backend).Run(oracle.Folder, temporary["out"], ReferenceOptions.Of(name, oracle, temporary));

        using var pruned = PretrainedModel.Open(temporary["out"]);
        pruned.LoadAll();
        int different = CountDifferences(oracle.Masks(name), pruned.LanguageModel, name);
        int allowed = 2 * NearTies(expected);
        Assert.True(different <= allowed, $"{different} mask bits differ, {allowed} may");
        long zeros = expected.GetProperty("pruned_weights").GetInt64();
        Assert.InRange(result.Zeros, zeros - allowed, zeros + allowed);
        foreach (var (block, sparsity) in result.Blocks.Zip(expected.GetProperty("sparsity_per_block").EnumerateArray()))
        {
            Assert.Equal(sparsity.GetDouble(), block.Sparsity, allowed == 0 ? 1e-12 : 1e-3);
        }

        double perplexity = expected.GetProperty("perplexity").GetDouble();
        Assert.Equal(perplexity, Perplexity(pruned.LanguageModel, backend, oracle.EvaluationIds), perplexity * (different == 0 ? 1e-5 : 1e-3));
    }

    [SharedTheory("oracle/pruning")]
    [InlineData("llama_a")]
    [InlineData("opt_a")]
    [InlineData("mistral_a")]
    [InlineData("phi_a")]
    [InlineData("wide_a")]
    public void Statistics_of_the_dense_model_agree(string model)
    {
        var oracle = Oracle.Open(model);
        using var backend = new CpuBackend(1);
        using var pretrained = PretrainedModel.Open(oracle.Folder);
        pretrained.LoadAll();
        using var computation = new Computation(backend);
        const StatisticKinds Kinds = StatisticKinds.Squares | StatisticKinds.Moments | StatisticKinds.Hessian;
        using var observer = new InputObserver(backend, Kinds);
        observer.BeginPass(oracle.CalibrationIds.Length);
        var batch = new TokenBatch([.. oracle.CalibrationIds.SelectMany(ids => ids)], oracle.CalibrationIds.Length);

        pretrained.Model.ForwardHidden(pretrained.Model.BeginPass(computation, batch, observer: observer), batch).Dispose();

        int hessians = 0;
        foreach (var block in pretrained.Model.Blocks)
        {
            foreach (var linear in block.Linears)
            {
                string name = Oracle.NameOf(block, linear);
                var statistics = observer.StatisticsOf(linear, oracle.CalibrationIds.Length);
                AssertStatistics(oracle.Statistic($"dense/scaler_row/{name}"), statistics, linear.Name);
                AssertClose(oracle.Statistic($"dense/sum_metric_row/{name}"), statistics.Moments!.Sums, linear.Name);
                AssertClose(oracle.Statistic($"dense/var/{name}"), statistics.Moments.Variances, linear.Name);
                if (oracle.HasStatistic($"dense/hessian/{name}"))
                {
                    hessians++;
                    var hessian = statistics.Hessian!;
                    var places = Enumerable.Range(0, linear.InputSize * linear.InputSize);
                    double[] values = [.. places.Select(i => hessian[i / linear.InputSize, i % linear.InputSize])];
                    AssertClose(oracle.Statistic($"dense/hessian/{name}"), values, linear.Name);
                }
            }
        }

        Assert.True(hessians == 2 || model == "wide_a");
    }

    [SharedFact("oracle/pruning")]
    public void Statistics_behind_pruned_blocks_agree()
    {
        const string Run = "wanda-repo.wanda.0.5";
        var oracle = Oracle.Open("llama_a");
        using var temporary = new TemporaryFolder();
        using var backend = new CpuBackend(1);
        using var pretrained = PretrainedModel.Open(oracle.Folder);
        pretrained.LoadAll();
        var calibration = CalibrationLoader.Load(ReferenceOptions.Of(Run, oracle, temporary).Calibration!, pretrained);
        using var computation = new BlockComputation(pretrained.Model, backend, calibration, null);
        var seen = new RecordingSaliency();
        var plan = new SparsityPlan(pretrained.Model.Blocks.Select(block => block.Linears.Select(_ => 0.5)));
        computation.Embed(default);
        foreach (var block in pretrained.Model.Blocks)
        {
            seen.Statistics.Clear();
            computation.Prune(block, new SaliencyPruner(seen, Granularity.Row), plan, default);
            computation.Propagate(block, default);
            foreach (var (linear, statistics) in block.Linears.Zip(seen.Statistics))
            {
                AssertStatistics(oracle.Statistic($"{Run}/scaler_row/{Oracle.NameOf(block, linear)}"), statistics, linear.Name);
            }
        }
    }

    [SharedTheory("oracle/pruning")]
    [InlineData("multiflow-repo.multiflow.uniform.0.6")]
    [InlineData("multiflow-repo.multiflow.magnitude-distribution.0.6")]
    public void Multiflow_masks_of_its_own_code_on_the_dense_model_agree(string run)
    {
        var oracle = Oracle.Open("llama_a");
        using var backend = new CpuBackend(1);
        using var pretrained = PretrainedModel.Open(oracle.Folder);
        pretrained.LoadAll();
        using var computation = new Computation(backend);
        using var observer = new InputObserver(backend);
        var batch = new TokenBatch([.. oracle.CalibrationIds.SelectMany(ids => ids)], oracle.CalibrationIds.Length);
        pretrained.Model.ForwardHidden(pretrained.Model.BeginPass(computation, batch, observer: observer), batch).Dispose();
        var pruner = new SaliencyPruner(new Multiflow(), Granularity.LayerKth);
        var ratios = oracle.Run(run).GetProperty("distribution");

        foreach (var block in pretrained.Model.Blocks)
        {
            foreach (var linear in block.Linears)
            {
                double ratio = ratios.GetProperty(Oracle.NameOf(block, linear)).GetDouble();
                pruner.Prune(block, linear, observer.StatisticsOf(linear, oracle.CalibrationIds.Length), new LayerTarget(ratio), backend);
            }
        }

        int different = CountDifferences(oracle.Masks(run), pretrained.LanguageModel, run);
        Assert.True(different <= 2 * NearTies(oracle.Run(run)), $"{different} mask bits differ");
    }

    private static void AssertStatistics(float[] expected, LayerStatistics actual, string layer)
    {
        float[] squares = [.. actual.InputNorms.ToArray().Select(norm => norm * norm)];
        Numbers.AssertClose(expected, squares, 1e-5 * expected.Max(), layer);
    }

    private static void AssertClose(float[] expected, IReadOnlyList<double> actual, string layer) =>
        Numbers.AssertClose(expected, [.. actual.Select(value => (float)value)], 1e-5 * expected.Max(Math.Abs), layer);

    /// <summary>Decisions that another order of summation could turn; none where the run does not say.</summary>
    private static int NearTies(JsonElement run) =>
        run.TryGetProperty("check", out var check) && check.TryGetProperty("below_1e_5", out var count) ? count.GetInt32() : 0;

    internal static int CountDifferences(Dictionary<string, bool[]> masks, CausalLanguageModel model, string run)
    {
        int different = 0;
        var layers = model.Blocks.SelectMany(block => block.Linears.Select(linear => (Name: Oracle.NameOf(block, linear), linear))).ToList();
        Assert.Equal(masks.Keys, layers.Select(layer => layer.Name));
        foreach (var (name, linear) in layers)
        {
            float[] weights = linear.Weight.Value.ToArray();
            Assert.Equal(masks[name].Length, weights.Length);
            different += weights.Where((weight, i) => (weight == 0) != masks[name][i]).Count();
        }

        Assert.True(masks.Values.Any(mask => mask.Contains(true)), run);
        return different;
    }

    /// <summary>Windows of 64 tokens, each alone, tail dropped: the exponential of the mean of the windows' mean losses.</summary>
    internal static double Perplexity(CausalLanguageModel model, IBackend backend, int[] ids)
    {
        const int Window = 64;
        int windows = ids.Length / Window;
        int[] used = ids[..(windows * Window)];
        using var computation = new Computation(backend);
        var batch = new TokenBatch(used, windows);
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        double total = 0;
        for (int i = 0; i < used.Length; i++)
        {
            if (i % Window < Window - 1)
            {
                float[] row = logits.Row(i).ToArray();
                double largest = row.Max();
                total += largest + Math.Log(row.Sum(value => Math.Exp(value - largest))) - row[used[i + 1]];
            }
        }

        return Math.Exp(total / (windows * (Window - 1)));
    }

    private sealed class RecordingSaliency : ISaliency
    {
        public List<LayerStatistics> Statistics { get; } = [];

        public string Name => "recording";

        public string Description => "Wanda, whose statistics are kept";

        public bool NeedsCalibration => true;

        public RowScorer Prepare(Tensor weight, LayerStatistics? statistics)
        {
            Statistics.Add(statistics!);
            return new Wanda().Prepare(weight, statistics);
        }
    }
}
