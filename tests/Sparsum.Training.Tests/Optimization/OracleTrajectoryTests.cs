using System.Text.Json;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Training.Optimization;
using Sparsum.Training.Schedules;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Training.Tests.Optimization;

/// <summary>Five steps of fine-tuning a small BERT against those of the reference stack.</summary>
public class OracleTrajectoryTests
{
    private const string Part = "oracle/training/bert_adamw";

    [SharedTheory(Part)]
    [InlineData(DecayRule.All, "decay_all", true)]
    [InlineData(DecayRule.All, "decay_all", false)]
    [InlineData(DecayRule.NoBiasNoNorm, "decay_no_bias_no_norm", true)]
    [InlineData(DecayRule.NoBiasNoNorm, "decay_no_bias_no_norm", false)]
    public void Losses_norms_rates_and_parameters_are_those_of_the_reference(DecayRule rule, string variant, bool fast)
    {
        string folder = SharedFiles.Path("oracle", "training", "bert_adamw");
        var reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "reference.json"))).RootElement;
        var log = reference.GetProperty(variant).GetProperty("log").EnumerateArray().ToList();
        using var batches = Checkpoint.Open(Path.Combine(folder, "batches.safetensors"));
        using var pretrained = PretrainedModel.Open(folder);
        using IBackend backend = fast ? new CpuBackend(2) : new ReferenceBackend();
        pretrained.LoadAll();
        var schedule = new LearningRateSchedule(ScheduleShape.Linear, 0.005, totalSteps: 5, warmupSteps: 2);
        using var optimizer = new Optimizer(backend, pretrained.Model, new OptimizerOptions { WeightDecay = 0.01, DecayRule = rule });

        for (int step = 0; step < log.Count; step++)
        {
            optimizer.ClearGradients();
            double loss = Backward(backend, pretrained.Model, batches, step);
            var done = optimizer.Step(schedule.RateAt(step));

            Assert.Equal(log[step].GetProperty("loss").GetDouble(), loss, 5e-6);
            Assert.Equal(log[step].GetProperty("grad_norm_before_clip").GetDouble(), done.TotalNorm, 2e-5);
            Assert.Equal(log[step].GetProperty("lr").GetDouble(), done.LearningRate, 1e-12);
        }

        string[] noisy = [.. reference.GetProperty(variant).GetProperty("noisy_parameters").EnumerateArray().Select(name => name.GetString()!)];
        using var after = Checkpoint.Open(Path.Combine(folder, $"params_after.{variant}.safetensors"));
        foreach (string name in after.Tensors.Keys.Except(noisy))
        {
            using var values = pretrained.Gather(name);
            var expected = new float[values.Length];
            after.Read(name, expected);
            Numbers.AssertClose(expected, values.Span, 5e-6, name);
        }
    }

    [SharedFact(Part)]
    public void The_parameters_without_decay_are_those_of_the_reference()
    {
        string folder = SharedFiles.Path("oracle", "training", "bert_adamw");
        var reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "reference.json"))).RootElement;
        using var pretrained = PretrainedModel.Open(folder);
        using var backend = new ReferenceBackend();
        using var optimizer = new Optimizer(backend, pretrained.Model, new OptimizerOptions());

        var exempt = optimizer.Parameters.Where(state => !state.Decays).Select(state => pretrained.StoredName(state.Parameter));

        var expected = reference.GetProperty("no_decay_parameters").EnumerateArray().Select(name => name.GetString()!);
        Assert.Equal(expected.Order(StringComparer.Ordinal), exempt.Order(StringComparer.Ordinal));
    }

    private static double Backward(IBackend backend, TransformerModel model, ICheckpoint batches, int step)
    {
        int[] Read(string name) => [.. batches.ReadIntegers($"step{step}.{name}").Select(value => (int)value)];
        var batch = new TokenBatch(Read("input_ids"), batches.Tensors[$"step{step}.input_ids"].Shape[0], [.. Read("attention_mask").Select(value => (byte)value)])
        {
            TokenTypeIds = batches.Tensors.ContainsKey($"step{step}.token_type_ids") ? Read("token_type_ids") : null,
        };
        using var computation = new Computation(backend);
        using var tape = computation.Record();
        tape.Watch(model.Parameters);
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        double loss = computation.CrossEntropy(logits, Read("labels"));
        tape.Backward();
        return loss;
    }
}
