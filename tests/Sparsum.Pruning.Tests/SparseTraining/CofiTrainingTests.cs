using Sparsum.Core;
using Sparsum.Pruning.Compaction;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Gates.Structure;
using Sparsum.Pruning.SparseTraining.Methods;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Training;
using Sparsum.Training.Data;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

/// <summary>CoFi's gates in a model, what is cut out by them, and training with them, against the authors' code.</summary>
public sealed class CofiTrainingTests
{
    [SharedTheory(CofiOracle.Part)]
    [InlineData("dense")]
    [InlineData("all_ones")]
    [InlineData("training_z")]
    [InlineData("deterministic_soft")]
    [InlineData("deterministic_binary")]
    [InlineData("all_heads_off_layer_on")]
    public void Gated_forward_and_gradients(string name)
    {
        using var oracle = new CofiOracle("forward", name);
        using var run = new GatedRun("model");
        if (name != "dense")
        {
            run.Weights.Apply(oracle.Gates("z"));
        }

        double loss = run.Forward(oracle, out float[] logits);

        Numbers.AssertClose(oracle.Values("logits"), logits, 1e-5);
        Assert.Equal(oracle.Number("loss"), loss, 1e-5);
        if (!oracle.Has("grad_z.hidden"))
        {
            return;
        }

        double[] onGates = run.Weights.TakeGradients();
        Numbers.AssertClose([.. oracle.Gates("grad_z").Select(value => (float)value)], [.. onGates.Select(value => (float)value)], 2e-5);
        run.Model.TokenEmbedding.Gradient!.Row(0).Clear();
        foreach (var parameter in run.Model.Parameters)
        {
            string stored = $"grad.{run.Pretrained.StoredName(parameter)}";
            float[] expected = oracle.Has(stored) ? oracle.Values(stored) : new float[parameter.Value.Length];
            Numbers.AssertClose(expected, parameter.Gradient!.ToArray(), 1e-5, stored);
        }
    }

    [SharedTheory(CofiOracle.Part)]
    [InlineData("deterministic_soft", null)]
    [InlineData("deterministic_binary", "pruned_logits")]
    [InlineData("all_heads_off_layer_on", null)]
    public void A_cut_model_computes_what_gates_did_and_is_written_and_read(string name, string? pruned)
    {
        using var oracle = new CofiOracle("forward", name);
        using var run = new GatedRun("model");
        using var trainer = new Trainer(run.Backend, run.Model, new TrainingData(run.Examples(), new DataOptions()), new TrainerOptions());
        StructureCut.Apply(trainer, new GateLayout(run.Model, true), oracle.Gates("z"));

        Numbers.AssertClose(oracle.Values(pruned ?? "logits"), run.Logits(), 1e-5);
        Assert.Equal(30, run.Model.Blocks[0].AttentionNorm!.Size);
        using var folder = new TemporaryFolder();
        ModelWriter.Save(folder["cut"], run.Pretrained.ModelConfig, run.Model);
        using var read = new GatedRun(folder["cut"], isShared: false);
        Numbers.AssertClose(run.Logits(), read.Logits(), 0);

        Compactor.Run(folder["cut"], folder["compact"], new CompactionOptions());
        using var compact = new GatedRun(folder["compact"], isShared: false);
        Assert.Equal(pruned is null && name != "deterministic_soft" ? 1 : 30, compact.Model.Blocks[0].Attention.Query.InputSize);
        Assert.Equal(30, compact.Model.Blocks[0].FeedForward.Linears[^1].OutputSize);
        Numbers.AssertClose(run.Logits(), compact.Logits(), 2e-6);
        var error = Assert.Throws<InvalidInputException>(() => Compactor.Run(folder["cut"], folder["uniform"], new CompactionOptions { Format = CompactionFormat.Shrunk, IsUniform = true }));
        Assert.Equal("uniform-unsupported", error.Code);
    }

    [SharedTheory(CofiOracle.Part)]
    [InlineData("steps", 14, 2, 8, 3)]
    [InlineData("steps_distill", 5, 1, 2, 12)]
    public void Steps(string name, int total, int before, int warmup, int layers)
    {
        using var gates = new CofiOracle(name, "gates");
        using var weights = new CofiOracle(name, "final_weights");
        using var batches = SafetensorsFile.Open(SharedFiles.Path(CofiOracle.Part, name, "batches.safetensors"));
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(SharedFiles.Path(CofiOracle.Part, name, "steps.json")));
        bool distills = name == "steps_distill";
        string folder = SharedFiles.Path(distills ? Path.Combine(CofiOracle.Part, name, "student") : "oracle/structured/model");
        using var backend = new CpuBackend(1);
        using var pretrained = PretrainedModel.Open(folder);
        pretrained.LoadAll();
        Assert.Equal(layers, pretrained.Model.Blocks.Count);
        var options = new CofiOptions
        {
            StepsBefore = before,
            WarmupEpochs = warmup,
            GateLearningRate = 0.05,
            Teacher = distills ? SharedFiles.Path(CofiOracle.Part, name, "teacher") : null,
            LayerMatching = distills ? LayerMatching.OrderedByRank : LayerMatching.Ordered,
        };
        var layout = new GateLayout(pretrained.Model, true);
        var training = new StructureTraining(
            new SparsifierContext { Backend = backend, Model = pretrained.Model, Targets = new SparseTargets { Sparsity = 0.6 } }, options, layout, gates.Gates("loga_start"))
        {
            Fingerprint = "",
            Noise = step => gates.Row("u", step),
        };
        int count = json.RootElement.GetProperty("batches").GetInt32();
        var examples = Enumerable.Range(0, count).Select(batch => CofiOracle.Examples(batches, $"{batch}.").ToList()).ToList();
        var data = new TrainingData(examples[0], new DataOptions { BatchSize = examples[0].Count }, new Rotation(examples));
        var steps = json.RootElement.GetProperty("steps").EnumerateArray().ToList();
        var losses = new List<double>();
        var checker = new Checker(step =>
        {
            Close(gates.Row("loga_after", step.Number - 1), training.LogAlphas, 5e-5, $"log-alphas after step {step.Number}");
            var own = steps[step.Number - 1];
            Close([own.GetProperty("lambda1").GetDouble(), own.GetProperty("lambda2").GetDouble()], training.Lagrangian.Multipliers, 5e-5, "multipliers");
            Assert.Equal(own.GetProperty("gradient_norm").GetDouble(), step.TotalNorm, 5e-4);
            Assert.Equal(own.GetProperty("lr").GetDouble(), step.LearningRate, 1e-9);
        });
        using var trainer = new Trainer(
            backend,
            pretrained.Model,
            data,
            new TrainerOptions { Epochs = total, LearningRate = 1e-3, Optimizer = new OptimizerOptions { WeightDecay = 0.01 } },
            [training, checker]);
        trainer.Run(new Collector(progress => losses.Add(progress.Loss + training.LagrangianValue)));

        Close([.. steps.Select(step => step.GetProperty("loss").GetDouble())], losses, 5e-5, "losses");
        foreach (var parameter in pretrained.Model.Parameters.Where(parameter => !parameter.Name.EndsWith("key.bias", StringComparison.Ordinal)))
        {
            Numbers.AssertClose(weights.Values(pretrained.StoredName(parameter)), parameter.Value.ToArray(), distills ? 1e-4 : 5e-4, parameter.Name);
        }
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public void A_run_ends_with_what_was_measured(bool isOpt, bool hasHidden)
    {
        using var run = new SparseRunner("cofi", Half, isOpt: isOpt, settings: [$"hidden={hasHidden}", "gateLearningRate=0.2"]);
        run.Trainer.Run();
        float[] measured;
        using (run.Sparsifier.BeginEvaluation())
        {
            measured = run.Logits();
        }

        var result = run.Sparsifier.Finish(run.Trainer);

        Assert.InRange(run.Sparsifier.Strengths["expectedSparsity"], 0.3, 0.7);
        Assert.True(result.Sources!.ByStructure > 0);
        Numbers.AssertClose(measured, run.Logits(), 1e-5);
    }

    [Fact]
    public void A_resumed_run_ends_with_the_same_bits_on_any_number_of_threads()
    {
        foreach (int stop in new[] { 1, 3, 13 })
        {
            using var folder = new TemporaryFolder();
            using var straight = Runner(threads: 2);
            straight.Trainer.Run();
            var stopper = new SparseRunner.Stopper(stop);
            using (var stopped = Runner(threads: 2, stopper))
            {
                Assert.Throws<OperationCanceledException>(() => { stopped.Trainer.Run(null, stopper.Source.Token); });
                stopped.Trainer.Save(folder["state"]);
            }

            using var resumed = Runner(threads: 1);
            resumed.Trainer.Restore(folder["state"]);
            resumed.Trainer.Run();
            straight.Sparsifier.Finish(straight.Trainer);
            resumed.Sparsifier.Finish(resumed.Trainer);
            Assert.Equal(straight.State(), resumed.State());
        }

        static SparseRunner Runner(int threads, ITrainingHook? observer = null) => new("cofi", Half, threads: threads, observer: observer, settings: ["stepsBefore=3"]);
    }

    [Fact]
    public void Gates_of_heads_and_neurons_fold_into_a_T5()
    {
        using var backend = new CpuBackend(1);
        using var model = RandomInitialization.Create(
            new T5Config { VocabSize = 31, DModel = 16, DFf = 24, DKv = 4, NumHeads = 4, NumLayers = 2, NumDecoderLayers = 2, FeedForwardProj = "gated-gelu", TieWordEmbeddings = false }, 3);
        double[] gates = [.. Enumerable.Range(0, new GateLayout(model, true).Count).Select(i => i % 5 == 0 ? 0 : 0.5 + (i % 3 * 0.2))];
        var weights = new GatedWeights(new GateLayout(model, true));
        weights.Apply(gates);
        float[] gated = Logits();
        weights.Restore();
        using (var optimizer = new OptimizerHolder(backend, model))
        {
            StructureCut.Apply(optimizer.Trainer, new GateLayout(model, true), gates);
        }

        Numbers.AssertClose(gated, Logits(), 1e-5);

        float[] Logits()
        {
            using var computation = new Computation(backend);
            var batch = new TokenBatch([2, 3, 4, 5, 6, 2, 9, 8, 7, 3], 2) { Target = new TokenBatch([0, 3, 4, 0, 5, 6], 2) };
            using var logits = model.Forward(model.BeginPass(computation, batch), batch);
            return logits.ToArray();
        }
    }

    [Fact]
    public void What_gates_do_not_fit_is_refused()
    {
        AssertCode("no-target", () => _ = new SparseRunner("cofi"));
        AssertCode("no-target", () => _ = new SparseRunner("cofi", new SparseTargets { Heads = 3 }));
        AssertCode("invalid-setting", () => _ = new CofiMethod(new CofiOptions { Temperature = 3 }));
        AssertCode("invalid-setting", () => _ = new CofiMethod(new CofiOptions { EpochsBefore = 1, StepsBefore = 1 }));
        using var late = new SparseRunner("cofi", Half, settings: ["epochsBefore=3", "warmupEpochs=1"]);
        AssertCode("run-too-short", () => late.Trainer.Run());
        using var cut = new SparseRunner("dense");
        cut.Model.Blocks[0].Attention.RemoveHeads([1]);
        AssertCode("unsupported-model", () => new CofiMethod().Create(new SparsifierContext { Backend = new CpuBackend(1), Model = cut.Model, Targets = Half }));
    }

    private static SparseTargets Half => new() { Sparsity = 0.5 };

    private static void AssertCode(string code, Action action) => Assert.Equal(code, Assert.Throws<InvalidInputException>(action).Code);

    private static void Close(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{what}, {i}: {expected[i]} expected, {actual[i]} found");
        }
    }

    /// <summary>The reference's model with memory for gates.</summary>
    private sealed class GatedRun : IDisposable
    {
        public GatedRun(string folder, bool isShared = true)
        {
            Pretrained = PretrainedModel.Open(isShared ? SharedFiles.Path("oracle/structured", folder) : folder);
            Pretrained.LoadAll();
            Weights = new GatedWeights(new GateLayout(Model, isShared));
        }

        public CpuBackend Backend { get; } = new(1);

        public PretrainedModel Pretrained { get; }

        public TransformerModel Model => Pretrained.Model;

        public GatedWeights Weights { get; }

        public List<TrainingExample> Examples()
        {
            using var file = SafetensorsFile.Open(SharedFiles.Path(CofiOracle.Part, "forward", "batch.safetensors"));
            return [.. CofiOracle.Examples(file, "")];
        }

        public double Forward(CofiOracle oracle, out float[] logits)
        {
            using var computation = new Computation(Backend);
            using var tape = computation.Record(isTraining: false);
            foreach (var parameter in Model.Parameters)
            {
                parameter.EnableGradient();
                tape.Watch(parameter.Value, parameter.Gradient!);
            }

            Model.TracksPadding = true;
            var batch = new TrainingBatch(Examples(), 0);
            using var output = Model.Forward(Model.BeginPass(computation, batch.Tokens), batch.Tokens, (index, hidden) =>
                Numbers.AssertClose(oracle.Values($"hidden_states.{index}"), hidden.ToArray(), 1e-5, $"hidden states {index}"));
            logits = output.ToArray();
            double loss = computation.CrossEntropy(output, [.. batch.Examples.Select(example => (int)example.Label!.Value)]);
            tape.Backward();
            return loss;
        }

        public float[] Logits()
        {
            using var computation = new Computation(Backend);
            var batch = new TrainingBatch(Examples(), 0);
            using var output = Model.Forward(Model.BeginPass(computation, batch.Tokens), batch.Tokens);
            return output.ToArray();
        }

        public void Dispose()
        {
            Pretrained.Dispose();
            Backend.Dispose();
        }
    }

    /// <summary>A trainer for its optimiser alone.</summary>
    private sealed class OptimizerHolder(IBackend backend, TransformerModel model) : IDisposable
    {
        public Trainer Trainer { get; } = new(
            backend, model, new TrainingData([new TrainingExample([2, 3]) { TokenLabels = [2, 3], Target = [2, 3] }], new DataOptions()), new TrainerOptions());

        public void Dispose() => Trainer.Dispose();
    }

    /// <summary>Another batch in every epoch.</summary>
    private sealed class Rotation(IReadOnlyList<List<TrainingExample>> batches) : IExampleVariation
    {
        public string Fingerprint => "rotation";

        public TrainingExample Vary(TrainingExample example, int index, int epoch) => batches[epoch % batches.Count][index];
    }

    private sealed class Checker(Action<OptimizerStep> check) : ITrainingHook
    {
        public void AfterStep(Trainer trainer, OptimizerStep step) => check(step);
    }

    private sealed class Collector(Action<TrainingProgress> add) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => add(value);
    }
}
