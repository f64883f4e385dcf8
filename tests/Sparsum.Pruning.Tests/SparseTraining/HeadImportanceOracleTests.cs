using System.Text.Json;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Gates;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Training.Data;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Pruning.Tests.SparseTraining;

/// <summary>Head importance against the code of the paper that compares with it.</summary>
public sealed class HeadImportanceOracleTests
{
    private const string Part = "oracle/structured/michel";

    [SharedTheory(Part)]
    [InlineData("per_example", 1)]
    [InlineData("per_batch", 3)]
    public void Gradients_and_normalised_importances(string kind, int together)
    {
        using var run = new Run(together);
        double[][][] gradients = [.. run.Batches.Select(batch => run.Sensitivity.Gradients(run.Gates, batch))];

        Assert.Equal(9 / together, gradients.Length);
        Numbers.AssertClose(run.Expected($"{kind}.signed_gradients"), Flatten(gradients.SelectMany(layers => layers)), 1e-5);
        Numbers.AssertClose(
            run.Expected($"{kind}.by_layer_and_global"), Flatten(run.Sensitivity.Importances(run.Gates, run.Batches)), 1e-5);
    }

    [SharedTheory(Part)]
    [InlineData("per_example", 1, false)]
    [InlineData("per_example", 1, true)]
    [InlineData("per_batch", 3, false)]
    [InlineData("per_batch", 3, true)]
    public void The_order_in_which_heads_go(string kind, int together, bool isExact)
    {
        using var run = new Run(together);
        using var json = JsonDocument.Parse(File.ReadAllText(SharedFiles.Path(Part, "michel.json")));
        var expected = json.RootElement.GetProperty("order").GetProperty($"{kind}.{(isExact ? "exact" : "one_shot")}").GetProperty("rounds")
            .EnumerateArray().Select(round => round.EnumerateArray().Select(head => head.GetInt32()).Order().ToArray());

        var order = new HeadRanking(run.Sensitivity, run.Gates, isExact, keepsOne: false).Order(run.Batches, 12, 2);

        Assert.Equal(expected, order.Select(head => (head.Module * 4) + head.Head).Chunk(2).Select(round => round.Order().ToArray()));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, true)]
    public void A_run_ends_with_the_heads_that_were_asked_for(int perRound, bool isExact)
    {
        foreach (bool isOpt in new[] { false, true })
        {
            using var run = new SparseRunner(
                "michel", new SparseTargets { Heads = 3 }, isOpt: isOpt, settings: [$"headsPerRound={perRound}", $"exact={isExact}"]);
            run.Trainer.Run();
            var result = run.Sparsifier.Finish(run.Trainer);

            Assert.Equal(3, run.Model.Blocks.Sum(block => block.Attention.HeadCount));
            Assert.All(run.Model.Blocks, block => Assert.InRange(block.Attention.HeadCount, 1, 2));
            Assert.Equal(5, run.Sparsifier.Heads.Sum(module => module.Record.RemovedHeads.Count));
            Assert.Equal(5 * 4 * 16 * 3, result.Sources!.ByStructure);
        }
    }

    [Fact]
    public void What_is_left_is_as_it_was()
    {
        using var run = new SparseRunner("michel", new SparseTargets { Heads = 6 });
        run.Trainer.Run();
        float[][] before = [.. run.Model.Blocks.Select(block => block.Attention.Output.Weight.Value.ToArray())];

        run.Sparsifier.Finish(run.Trainer);

        foreach (var (block, old) in run.Model.Blocks.Zip(before))
        {
            var weight = block.Attention.Output.Weight.Value;
            for (int row = 0; row < 16; row++)
            {
                Assert.Equal(
                    block.Attention.KeptHeads.SelectMany(head => old.Skip((row * 16) + (head * 4)).Take(4)), weight.Row(row).ToArray());
            }
        }
    }

    private static float[] Flatten(IEnumerable<double[]> layers) => [.. layers.SelectMany(heads => heads).Select(value => (float)value)];

    /// <summary>The rows of a batch without their padding.</summary>
    internal static IEnumerable<TrainingExample> Examples(SafetensorsFile file, int batch)
    {
        int[] ids = Integers(file, $"{batch}.input_ids");
        int[] mask = Integers(file, $"{batch}.attention_mask");
        int[] types = Integers(file, $"{batch}.token_type_ids");
        int[] labels = Integers(file, $"{batch}.labels");
        int length = ids.Length / labels.Length;
        return labels.Select((label, row) =>
        {
            int used = mask.Skip(row * length).Take(length).Sum();
            return new TrainingExample([.. ids.Skip(row * length).Take(used)])
            {
                TokenTypeIds = [.. types.Skip(row * length).Take(used)],
                Label = label,
            };
        }).ToList();
    }

    private static int[] Integers(SafetensorsFile file, string name) => [.. file.ReadIntegers(name).Select(value => (int)value)];

    private sealed class Run : IDisposable
    {
        private readonly CpuBackend backend = new(1);
        private readonly PretrainedModel pretrained = PretrainedModel.Open(SharedFiles.Path("oracle/structured", "model"));
        private readonly SafetensorsFile expected = SafetensorsFile.Open(SharedFiles.Path(Part, "importance.safetensors"));

        public Run(int together)
        {
            pretrained.LoadAll();
            Gates = new HeadGates([.. pretrained.Model.Blocks.Select(block => block.Attention)]);
            Sensitivity = new HeadSensitivity(backend, pretrained.Model);
            using var file = SafetensorsFile.Open(SharedFiles.Path(Part, "batches.safetensors"));
            Batches = [.. Enumerable.Range(0, 3).SelectMany(batch => Examples(file, batch)).Chunk(together).Select(part => new TrainingBatch(part, 0))];
        }

        public HeadGates Gates { get; }

        public HeadSensitivity Sensitivity { get; }

        public IReadOnlyList<TrainingBatch> Batches { get; }

        public float[] Expected(string name)
        {
            float[] values = new float[expected.Tensors[name].Shape.Aggregate(1, (product, size) => product * (int)size)];
            expected.Read(name, values);
            return values;
        }

        public void Dispose()
        {
            Gates.Dispose();
            pretrained.Dispose();
            expected.Dispose();
            backend.Dispose();
        }
    }
}
