using System.Runtime.InteropServices;
using System.Text.Json;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Gates;
using Sparsum.Pruning.SparseTraining.Methods;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Training;
using Sparsum.Training.Data;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

/// <summary>Gates of Voita and DSP, and joint training with them, against the code that the papers are compared by.</summary>
public sealed class HeadGateOracleTests
{
    private const string Voita = "oracle/structured/voita";
    private const string Dsp = "oracle/structured/dsp";

    [SharedFact(Voita)]
    public void Voita_gates_penalty_and_gradients()
    {
        using var file = SafetensorsFile.Open(SharedFiles.Path(Voita, "gates.safetensors"));
        double[] a = Numbers32(file, "log_a");
        double[] noise = Numbers32(file, "rand");
        double[] coefficients = Numbers32(file, "coef");
        var free = new VoitaGates(0, 0.1, null);
        var pressed = new VoitaGates(0.0015, 0.1, null);

        AssertClose(Numbers32(file, "gates_train"), free.Gates(a, noise, 0), 1e-6);
        AssertClose(Numbers32(file, "grad_gates_train"), free.Gradient(a, noise, 0, coefficients), 2e-6);
        AssertClose(Numbers32(file, "grad_penalty"), pressed.Gradient(a, noise, 0, new double[12]), 1e-6);
        Assert.Equal(Numbers32(file, "penalty").Sum(), pressed.Penalty(a), 1e-6);
        double[] above = Numbers32(file, "mask_above_half");
        AssertClose([.. Numbers32(file, "gates_eval").Zip(above, (gate, isAbove) => gate * isAbove)], free.Final(a), 1e-6);
        foreach (int count in new[] { 1, 3, 5 })
        {
            Assert.Equal(Numbers32(file, $"mask_top.{count}"), new VoitaGates(0, 0.1, count).Final(a).Select(gate => gate > 0 ? 1.0 : 0));
        }
    }

    [SharedFact(Dsp)]
    public void Dsp_masks_and_gradients()
    {
        using var file = SafetensorsFile.Open(SharedFiles.Path(Dsp, "masks.safetensors"));
        using var json = JsonDocument.Parse(File.ReadAllText(SharedFiles.Path(Dsp, "masks.json")));
        double[] w = Numbers64(file, "w");
        double[] coefficients = Numbers64(file, "coef");
        foreach (var entry in json.RootElement.GetProperty("cases").EnumerateArray())
        {
            int number = entry.GetProperty("case").GetInt32();
            double[] noise = Numbers64(file, $"u.{entry.GetProperty("draw").GetInt32()}");
            double heat = entry.GetProperty("temperature").GetDouble();
            var rule = new DspGates(entry.GetProperty("K").GetInt32(), _ => heat, 0.5);

            AssertClose(Numbers64(file, $"mask.{number}"), rule.Gates(w, noise, 0), 1e-11);
            double[] expected = Numbers64(file, $"grad_w.{number}");
            AssertClose(expected, rule.Gradient(w, noise, 0, coefficients), 1e-9 * Math.Max(1, expected.Max(Math.Abs)));
        }

        foreach (int count in new[] { 1, 3, 7 })
        {
            Assert.Equal(Numbers64(file, $"final_mask.{count}"), new DspGates(count, _ => 1, 0.5).Final(w));
        }
    }

    [Fact]
    public void The_temperature_falls_geometrically_and_stays()
    {
        var options = new DspOptions();

        Assert.Equal(1000, options.TemperatureAt(0, 25000), 1e-9);
        Assert.Equal(0.0031622776601683764, options.TemperatureAt(12500, 25000), 1e-12);
        Assert.Equal(1e-8, options.TemperatureAt(25000, 25000), 1e-15);
        Assert.Equal(1e-8, options.TemperatureAt(36815, 25000));
    }

    [SharedFact(Voita)]
    public void Voita_joint_training()
    {
        var rule = new VoitaGates(0.05, 0.1, null);
        Train(Voita, rule, "log_a_start", "log_a_after", "rand", 1e-4, rule.Penalty);
    }

    [SharedFact(Dsp)]
    public void Dsp_joint_training()
    {
        var options = new DspOptions { StartTemperature = 5, FinalTemperature = 0.05 };
        Train(Dsp, new DspGates(7, step => options.TemperatureAt(step, 6), 0.2), "w_start", "w_after", "u", 2e-4, _ => 0);
    }

    [Theory]
    [InlineData("voita", 3, "gateLearningRate=0.1")]
    [InlineData("dsp", 5, "gateLearningRate=0.5")]
    public void A_run_ends_with_the_heads_that_were_asked_for_and_what_was_measured(string method, int heads, string setting)
    {
        using var run = new SparseRunner(method, new SparseTargets { Heads = heads }, settings: [setting]);
        run.Trainer.Run();
        float[] measured;
        using (run.Sparsifier.BeginEvaluation())
        {
            measured = run.Logits();
        }

        run.Sparsifier.Finish(run.Trainer);

        Assert.Equal(heads, run.Model.Blocks.Sum(block => block.Attention.HeadCount));
        Assert.Equal(8 - heads, run.Sparsifier.Heads.Sum(module => module.Record.RemovedHeads.Count));
        Numbers.AssertClose(measured, run.Logits(), 1e-5);
    }

    [Fact]
    public void A_module_whose_heads_are_all_closed_goes_on_as_it_was_measured()
    {
        using var run = new SparseRunner("dsp", new SparseTargets { Heads = 3 });
        var state = run.Sparsifier.SaveState().ToDictionary();
        state["gates"] = [9, 8, 7, 1, 0, 0, 0.5, 0];
        run.Sparsifier.RestoreState(state);
        float[] measured;
        using (run.Sparsifier.BeginEvaluation())
        {
            measured = run.Logits();
        }

        run.Sparsifier.Finish(run.Trainer);

        // The last head of the second module stays in the file and adds nothing.
        Assert.Equal([3, 1], run.Model.Blocks.Select(block => block.Attention.HeadCount));
        Assert.All(run.Model.Blocks[1].Attention.Output.Weight.Value.ToArray(), value => Assert.Equal(0, value));
        Numbers.AssertClose(measured, run.Logits(), 1e-5);
    }

    [Theory]
    [InlineData("voita")]
    [InlineData("dsp")]
    public void A_resumed_run_ends_with_the_same_bits(string method)
    {
        using var folder = new TemporaryFolder();
        var targets = new SparseTargets { Heads = 4 };
        using var straight = new SparseRunner(method, targets);
        straight.Trainer.Run();
        var stopper = new SparseRunner.Stopper(13);
        using (var stopped = new SparseRunner(method, targets, observer: stopper))
        {
            Assert.Throws<OperationCanceledException>(() => { stopped.Trainer.Run(null, stopper.Source.Token); });
            stopped.Trainer.Save(folder["state"]);
        }

        using var resumed = new SparseRunner(method, targets, threads: 1);
        resumed.Trainer.Restore(folder["state"]);
        resumed.Trainer.Run();

        straight.Sparsifier.Finish(straight.Trainer);
        resumed.Sparsifier.Finish(resumed.Trainer);
        Assert.Equal(straight.State(), resumed.State());
    }

    private static void Train(
        string part, IHeadGateRule rule, string start, string after, string noise, double tolerance, Func<double[], double> penalty)
    {
        using var gates = SafetensorsFile.Open(SharedFiles.Path(part, "steps", "gates.safetensors"));
        using var json = JsonDocument.Parse(File.ReadAllText(SharedFiles.Path(part, "steps", "steps.json")));
        using var batches = SafetensorsFile.Open(SharedFiles.Path(part, "steps", "batches.safetensors"));
        using var weights = SafetensorsFile.Open(SharedFiles.Path(part, "steps", "final_weights.safetensors"));
        using var backend = new CpuBackend(1);
        using var pretrained = PretrainedModel.Open(SharedFiles.Path("oracle/structured", "model"));
        pretrained.LoadAll();
        double[] uniforms = Read(gates, noise);
        double[] expected = Read(gates, after);
        var training = new GatedTraining(
            new SparsifierContext { Backend = backend, Model = pretrained.Model }, rule, Read(gates, start))
        {
            Fingerprint = "",
            Noise = step => uniforms[(step * 12)..((step + 1) * 12)],
        };
        var losses = new List<double>();
        var checker = new Checker(step =>
        {
            double[] own = [.. training.Parameters];
            double worst = expected[((step - 1) * 12)..(step * 12)].Zip(own, (left, right) => Math.Abs(left - right)).Max();
            Assert.True(worst <= tolerance, $"step {step}: {worst}");
        });
        var penalties = new List<double> { penalty([.. training.Parameters]) };
        var examples = Enumerable.Range(0, 3).Select(batch => HeadImportanceOracleTests.Examples(batches, batch).ToList()).ToList();
        var data = new TrainingData(examples[0], new DataOptions { BatchSize = 3 }, new Rotation(examples));
        using var trainer = new Trainer(
            backend, pretrained.Model, data, new TrainerOptions { Epochs = 10, LearningRate = 1e-3, Optimizer = new OptimizerOptions { EpsilonBeforeCorrection = true } }, [training, checker]);
        trainer.Run(new Collector(progress =>
        {
            losses.Add(progress.Loss);
            penalties.Add(penalty([.. training.Parameters]));
        }));

        double[] reference = [.. json.RootElement.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("loss").GetDouble())];
        AssertClose(reference, [.. losses.Zip(penalties, (loss, own) => loss + own)], tolerance);
        foreach (var parameter in pretrained.Model.Parameters.Where(parameter => !parameter.Name.EndsWith("key.bias", StringComparison.Ordinal)))
        {
            float[] final = new float[parameter.Value.Length];
            weights.Read(pretrained.StoredName(parameter), final);
            Numbers.AssertClose(final, parameter.Value.ToArray(), 2e-4, parameter.Name);
        }
    }

    private static double[] Read(SafetensorsFile file, string name) =>
        file.Tensors[name].DataType == TensorDataType.F64 ? Numbers64(file, name) : Numbers32(file, name);

    private static double[] Numbers32(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Tensors[name].Shape.Aggregate(1, (product, size) => product * size)];
        file.Read(name, values);
        return [.. values.Select(value => (double)value)];
    }

    /// <summary>Numbers in double precision, which models never have and the reader of models does not read.</summary>
    private static double[] Numbers64(SafetensorsFile file, string name)
    {
        using var bytes = new MemoryStream();
        file.CopyBytes(name, bytes);
        return MemoryMarshal.Cast<byte, double>(bytes.ToArray()).ToArray();
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance));
    }

    /// <summary>Another batch in every epoch.</summary>
    private sealed class Rotation(IReadOnlyList<List<TrainingExample>> batches) : IExampleVariation
    {
        public string Fingerprint => "rotation";

        public TrainingExample Vary(TrainingExample example, int index, int epoch) => batches[epoch % batches.Count][index];
    }

    private sealed class Checker(Action<int> check) : ITrainingHook
    {
        public void AfterStep(Trainer trainer, OptimizerStep step) => check(step.Number);
    }

    private sealed class Collector(Action<TrainingProgress> add) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => add(value);
    }
}
