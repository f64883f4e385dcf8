using Sparsum.Pruning.Compaction;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Statistics;
using Sparsum.Pruning.Tests.Compaction;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>Every method on families with experts, fused matrices, bounds and norms of other kinds: none is named by pruning code.</summary>
public sealed class FamilyPruningTests
{
    private const string Ids =
        """
        {"input_ids": [[5, 6, 7, 8, 9, 10, 11, 3], [12, 13, 14, 1, 2, 3, 29, 30], [15, 16, 17, 18, 19, 20, 4, 5], [20, 21, 22, 23, 28, 27, 26, 2]]}
        """;

    private static readonly MixtralConfig Experts = (MixtralConfig)MaskedModels.Of("mixtral");

    public static TheoryData<string, string, string> Runs()
    {
        var data = new TheoryData<string, string, string>();
        foreach (string family in new[] { "mixtral", "qwen2_moe", "qwen3_moe", "phi3", "gemma2", "olmo2", "bloom", "falcon", "deberta-v2" })
        {
            data.Add(family, "magnitude", "uniform");
            data.Add(family, "wanda", "uniform");
            data.Add(family, "sparsegpt", "uniform");
            data.Add(family, "wanda", "neuronal");
        }

        data.Add("mixtral", "wanda", "owl");
        data.Add("mixtral", "multiflow", "alphapruning");
        data.Add("phi3", "wanda", "besa");
        return data;
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_pruned_model_has_its_zeros_and_the_layout_that_it_came_with(string family, string method, string allocation)
    {
        using var folder = new TestModel(MaskedModels.Of(family), Ids);
        var options = folder.Options with { Sparsity = 0.5, Method = Named.Method(method), Allocation = Named.Allocation(allocation) };
        var result = folder.Prune(allocation == "neuronal" ? options.Set("neuronal.samples=4") : options);

        using var before = Checkpoint.Open(folder.Input);
        using var after = Checkpoint.Open(folder.Output);
        Assert.Equal(
            before.Tensors.Values.Select(Describe).Order(StringComparer.Ordinal), after.Tensors.Values.Select(Describe).Order(StringComparer.Ordinal));
        using var original = PretrainedModel.Open(folder.Input);
        using var pruned = PretrainedModel.Open(folder.Output);
        Assert.Empty(pruned.UnusedTensors);
        original.LoadAll();
        pruned.LoadAll();
        long zeros = pruned.Model.Blocks.SelectMany(block => block.Linears).Sum(linear => Zeros(linear.Weight));
        Assert.Equal(result.Zeros, zeros);

        // Inputs are of 16, 20, 24 or 64 features, so that halves are exact; an allocation may round a row up or down. SparseGPT zeroes what
        // is up to its threshold, one weight more in each block of columns, as its published code does.
        long elements = pruned.Model.Blocks.SelectMany(block => block.Linears).Sum(linear => linear.Weight.DenseElements);
        Assert.Equal(elements, result.Elements);
        if (allocation == "uniform")
        {
            Assert.Equal((elements / 2) + (method == "sparsegpt" ? pruned.Model.Blocks.Sum(block => block.Linears.Count) : 0), zeros);
        }
        else
        {
            Assert.InRange((double)zeros / elements, 0.45, 0.55);
        }

        // Routers, norms, embeddings and heads are as they were.
        var linears = pruned.Model.Blocks.SelectMany(block => block.Linears).SelectMany(linear => linear.Parameters).Select(parameter => parameter.Name).ToHashSet();
        foreach (var (old, now) in original.Model.Parameters.Zip(pruned.Model.Parameters).Where(pair => !linears.Contains(pair.First.Name)))
        {
            Assert.Equal(old.Value.ToArray(), now.Value.ToArray());
        }

        Compactor.Run(folder.Output, folder.At("compact"), new CompactionOptions());
        Numbers.AssertClose(MaskedModels.Outputs(folder.Output), MaskedModels.Outputs(folder.At("compact")), 1e-5);
    }

    [Fact]
    public void Tokens_of_experts_are_counted()
    {
        using var folder = new TestModel(Experts, Ids);
        var result = folder.Prune(folder.Options);
        foreach (var block in result.Blocks)
        {
            // Each of 32 tokens passes two experts, and each expert has three layers.
            Assert.Equal(32 * 2 * 3, block.Layers.Sum(layer => layer.Tokens ?? 0));
            Assert.All(block.Layers, layer => Assert.Equal(layer.Name.Contains("experts", StringComparison.Ordinal), layer.Tokens is not null));
        }
    }

    [Theory]
    [InlineData("wanda", UnseenExperts.Dense)]
    [InlineData("wanda", UnseenExperts.Magnitude)]
    [InlineData("sparsegpt", UnseenExperts.Dense)]
    [InlineData("sparsegpt", UnseenExperts.Magnitude)]
    public void An_expert_that_saw_nothing_is_named_and_stays_dense_or_goes_by_magnitude(string method, UnseenExperts unseen)
    {
        // Three tokens reach at most six of sixteen experts.
        using var folder = new TestModel(Experts with { NumLocalExperts = 16 }, """{"input_ids": [[5, 6, 7]]}""");
        var result = folder.Prune(folder.Options with { Sparsity = 0.5, Method = Named.Method(method), UnseenExperts = unseen });
        var skipped = result.Blocks.SelectMany(block => block.Layers).Where(layer => layer.Tokens == 0).ToList();
        Assert.True(skipped.Count >= 3 * 10 * 3);
        Assert.All(skipped, layer => Assert.Contains("no calibration token", layer.Note, StringComparison.Ordinal));
        Assert.All(skipped, layer => Assert.Equal(unseen == UnseenExperts.Dense ? 0 : 0.5, layer.Sparsity));
        Assert.All(result.Blocks.SelectMany(block => block.Layers).Except(skipped), layer => Assert.InRange(layer.Sparsity, 0.5, 0.51));
    }

    [Fact]
    public void Statistics_of_an_expert_are_those_of_its_tokens()
    {
        using var folder = new TestModel(Experts, Ids);
        using var pretrained = PretrainedModel.Open(folder.Input);
        pretrained.LoadAll();
        var block = pretrained.Model.Blocks[0];
        var experts = (MixtureOfExperts)block.FeedForward;
        using var backend = new Tensors.Backends.Reference.ReferenceBackend();
        using var computation = new Tensors.Computation(backend);
        var batch = new TokenBatch([5, 6, 7, 8, 9, 10], 2);
        var pass = pretrained.Model.BeginPass(computation, batch);
        using var input = Numbers.Random(3, 6, 16);
        using var observer = new InputObserver(backend, Sparsum.Pruning.OneShot.Statistics.StatisticKinds.Moments);
        observer.BeginPass(2);
        experts.Forward(pass with { Observer = observer }, input).Dispose();

        using var logits = computation.Linear(input, experts.Router.Value);
        for (int expert = 0; expert < experts.Experts.Count; expert++)
        {
            int[] tokens = [.. Enumerable.Range(0, 6).Where(token => Rank(logits.Row(token), expert) < 2)];
            var seen = observer.StatisticsOf(experts.Experts[expert].Up, 2);
            Assert.Equal(tokens.Length, seen.Tokens);
            for (int c = 0; c < 16; c++)
            {
                double squares = tokens.Sum(token => Math.Pow(input.Row(token)[c], 2));
                Assert.Equal(Math.Sqrt(squares / 2), seen.InputNorms[c], 1e-5);
            }
        }
    }

    private static int Rank(ReadOnlySpan<float> scores, int place)
    {
        int rank = 0;
        foreach (float score in scores)
        {
            rank += score > scores[place] ? 1 : 0;
        }

        return rank;
    }

    private static string Describe(TensorInfo info) => $"{info.Name} {info.DataType} {string.Join('x', info.Shape)}";

    private static long Zeros(Parameter parameter)
    {
        long count = 0;
        foreach (float value in parameter.Value.Span)
        {
            count += value == 0 ? 1 : 0;
        }

        return count;
    }
}
