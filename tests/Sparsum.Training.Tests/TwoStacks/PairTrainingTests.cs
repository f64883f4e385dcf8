using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Training.Data;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Training.Tests.TwoStacks;

/// <summary>Models with an encoder and a decoder: T5, BART and Marian.</summary>
public class PairTrainingTests
{
    [Theory]
    [InlineData("t5")]
    [InlineData("bart")]
    [InlineData("marian")]
    public void A_small_model_learns_to_write_backwards(string family)
    {
        using var run = new SmallPairRun(family, SmallPairRun.Options with { Epochs = 40 });
        var epochs = run.Trainer.Run();

        // With a smoothing of 0.05 over 12 tokens a sure model keeps a loss of about 0.3.
        Assert.InRange(epochs[^1].MeanLoss, 0.25, 0.5);
        using var backend = new CpuBackend(2);
        using var computation = new Computation(backend);
        TrainingExample[] unseen = [.. Enumerable.Range(5000, 20).Select(SmallPairRun.Example)];
        var written = new Generator(run.Model, computation)
            .Generate([.. unseen.Select(example => example.InputIds)], new GenerationOptions { MaxNewTokens = 10, EndIds = [1] });
        Assert.InRange(unseen.Zip(written).Count(pair => pair.First.Target!.SequenceEqual(pair.Second)), 16, 20);
    }

    [Theory]
    [InlineData("t5", 5)]
    [InlineData("bart", 13)]
    [InlineData("marian", 18)]
    public void A_resumed_run_ends_with_the_bits_of_one_that_was_not_stopped_on_any_number_of_threads(string family, int stop)
    {
        using var folder = new TemporaryFolder();
        var options = SmallPairRun.Options with { Epochs = 2, WarmupSteps = 4 };
        using var straight = new SmallPairRun(family, options, dropout: 0.1);
        var expected = straight.Trainer.Run();
        var kept = options with { CheckpointFile = folder["state.safetensors"], CheckpointSteps = 1 };
        using (var source = new CancellationTokenSource())
        using (var stopped = new SmallPairRun(family, kept, dropout: 0.1))
        {
            var progress = new Stopper(stop, source);
            Assert.Throws<OperationCanceledException>(() => { stopped.Trainer.Run(progress, source.Token); });
        }

        using var resumed = new SmallPairRun(family, kept, threads: 1, dropout: 0.1);
        resumed.Trainer.Restore(kept.CheckpointFile);
        var actual = resumed.Trainer.Run();

        Assert.Equal(straight.State(), resumed.State());
        Assert.Equal(expected[^1], actual[^1]);
    }

    [Theory]
    [InlineData("t5")]
    [InlineData("bart")]
    [InlineData("marian")]
    public void Padding_changes_nothing_and_every_token_weighs_the_same(string family)
    {
        using var backend = new CpuBackend(1);
        using var computation = new Computation(backend);
        using var model = RandomInitialization.Create(SmallPairRun.Config(family, 0), 3);
        var objective = new TrainingObjective(model, 0.1);
        TrainingExample[] examples = [.. Enumerable.Range(0, 6).Select(SmallPairRun.Example)];
        var whole = new TrainingBatch(examples, 0);
        int count = objective.CountTargets(whole);

        Assert.Equal(examples.Sum(example => example.Target!.Length), count);
        double together = objective.Loss(computation, whole, count);
        double apart = examples.Sum(example => objective.Loss(computation, new TrainingBatch([example], 0), count));
        Assert.Equal(apart, together, 1e-5);
    }

    [SharedTheory("oracle/families")]
    [InlineData("families", "bart")]
    [InlineData("families", "marian")]
    [InlineData("models", "t5_v1_0")]
    [InlineData("models", "t5_v1_1")]
    public void Loss_and_gradients_of_a_training_batch_are_those_of_the_reference(string part, string name)
    {
        string folder = SharedFiles.Path("oracle", part, name);
        using var backend = new CpuBackend(2);
        using var computation = new Computation(backend);
        using var pretrained = PretrainedModel.Open(folder);
        pretrained.LoadAll();
        using var reference = Checkpoint.Open(Path.Combine(folder, "reference.safetensors"));
        int[] ids = Integers("input_ids");
        int[] mask = Integers("attention_mask");
        int[] labels = Integers("labels");
        int rows = (int)reference.Tensors["input_ids"].Shape[0];
        TrainingExample[] examples =
        [
            .. ids.Chunk(ids.Length / rows).Zip(mask.Chunk(ids.Length / rows), labels.Chunk(labels.Length / rows)).Select(row =>
                new TrainingExample([.. row.First.Take(row.Second.Sum())]) { Target = row.Third }),
        ];
        var batch = new TrainingBatch(examples, pretrained.ModelConfig.PadTokenId!.Value);
        var objective = new TrainingObjective(pretrained.Model);
        objective.Check(examples);
        var parameters = pretrained.Model.Parameters.ToList();
        parameters.ForEach(parameter => parameter.EnableGradient());
        using var tape = computation.Record();
        parameters.ForEach(parameter => tape.Watch(parameter.Value, parameter.Gradient!));

        double loss = objective.Loss(computation, batch, objective.CountTargets(batch));
        tape.Backward();

        float[] expected = new float[1];
        reference.Read("loss", expected);
        Assert.Equal(expected[0], loss, 5e-6);
        using var gradients = Checkpoint.Open(Path.Combine(folder, "grads.safetensors"));
        foreach (string tensor in parameters.Where(parameter => !parameter.IsBuffer).Select(pretrained.StoredName).Distinct())
        {
            using var gradient = pretrained.GatherGradient(tensor);
            float[] wanted = new float[gradient.Length];
            gradients.Read(tensor, wanted);
            Numbers.AssertClose(wanted, gradient.Span, 5e-6, tensor);
        }

        int[] Integers(string tensor) => [.. reference.ReadIntegers(tensor).Select(value => (int)value)];
    }

    [Fact]
    public void An_example_without_a_target_is_refused() => Assert.Equal("bad-label", Assert.Throws<Core.InvalidInputException>(() =>
        new SmallPairRun("t5", data: new TrainingData([new TrainingExample([3, 1])], new DataOptions()))).Code);

    private sealed class Stopper(int step, CancellationTokenSource source) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step.Number == step)
            {
                source.Cancel();
            }
        }
    }
}
