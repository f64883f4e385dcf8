using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Training.Data;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Training.Tests;

/// <summary>Training with what only gradients need in bfloat16.</summary>
public sealed class RoundedActivationTests
{
    private const int Length = 32;
    private const int Batch = 8;

    public static TheoryData<string> Families => ["bert", "llama", "t5"];

    [Theory]
    [MemberData(nameof(Families))]
    public void Losses_stay_gradients_hardly_move_and_memory_is_halved(string family)
    {
        var exact = Step(family, rounds: false, threads: 2);
        var rounded = Step(family, rounds: true, threads: 2);

        Assert.Equal(exact.Loss, rounded.Loss);
        double error = Distance(exact.Gradients, rounded.Gradients);
        Assert.InRange(error, 1e-6, 0.01);
        Assert.InRange(rounded.WaitingBytes, 1, 0.6 * exact.WaitingBytes);
    }

    [Fact]
    public void The_bits_are_those_of_any_number_of_threads() =>
        Assert.Equal(Step("llama", rounds: true, threads: 1).Gradients, Step("llama", rounds: true, threads: 3).Gradients);

    [Fact]
    public void A_checkpoint_of_the_other_kind_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var run = new SmallRun();
        run.Trainer.Save(folder["state"]);
        using var other = new SmallRun(SmallRun.Options with { RoundsActivations = true });

        Assert.Equal("other-run", Assert.Throws<InvalidInputException>(() => other.Trainer.Restore(folder["state"])).Code);
    }

    private static (double Loss, float[] Gradients, long WaitingBytes) Step(string family, bool rounds, int threads)
    {
        using var backend = new CpuBackend(threads);
        using var model = RandomInitialization.Create(Config(family), 3);
        var objective = new TrainingObjective(model);
        var batch = new TrainingBatch([.. Enumerable.Range(0, Batch).Select(Example)], 0);
        using var computation = new Computation(backend);
        using var tape = computation.Record(seed: 7, rounds: rounds);
        var parameters = model.Parameters.ToList();
        parameters.ForEach(parameter => parameter.EnableGradient());
        tape.Watch(parameters);
        double loss = objective.Loss(computation, batch, objective.CountTargets(batch));
        long waiting = computation.Workspace.RentedBytes;
        tape.Backward();
        return (loss, [.. parameters.SelectMany(parameter => parameter.Gradient!.ToArray())], waiting);

        TrainingExample Example(int index)
        {
            int[] ids = [.. Enumerable.Range(0, Length).Select(i => 2 + (((index * 31) + (i * 17)) % 60))];
            return family switch
            {
                "bert" => new TrainingExample(ids) { Label = index % 2 },
                "t5" => new TrainingExample(ids) { Target = [.. ids.Reverse()] },
                _ => new TrainingExample(ids) { TokenLabels = ids },
            };
        }
    }

    private static double Distance(float[] expected, float[] actual) =>
        Math.Sqrt(expected.Zip(actual, (a, b) => Math.Pow((double)a - b, 2)).Sum() / expected.Sum(value => (double)value * value));

    private static ModelConfig Config(string family) => family switch
    {
        "bert" => new BertConfig
        {
            Architectures = ["BertForSequenceClassification"],
            VocabSize = 64,
            HiddenSize = 64,
            IntermediateSize = 256,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = Length,
            NumLabels = 2,
        },
        "t5" => new T5Config
        {
            Architectures = ["T5ForConditionalGeneration"],
            VocabSize = 64,
            DModel = 64,
            DKv = 16,
            DFf = 256,
            NumLayers = 2,
            NumHeads = 4,
        },
        _ => new LlamaConfig
        {
            Architectures = ["LlamaForCausalLM"],
            VocabSize = 64,
            HiddenSize = 64,
            IntermediateSize = 256,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            MaxPositionEmbeddings = Length,
        },
    };
}
