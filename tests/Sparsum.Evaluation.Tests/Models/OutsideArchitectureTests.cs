using Sparsum.Core;
using Sparsum.Samples.Extending;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Evaluation.Tests.Models;

/// <summary>An architecture of another assembly, with no access to what is internal.</summary>
public sealed class OutsideArchitectureTests : IDisposable
{
    private static readonly SquareArchitecture Square = new();
    private static readonly SquareConfig Config = new() { VocabSize = 29, Width = 16, Depth = 2, Heads = 4, TieWordEmbeddings = true };
    private static readonly ArchitectureRegistry Registry = ArchitectureRegistry.BuiltIn.With(Square);

    private readonly TemporaryFolder folder = new();

    public OutsideArchitectureTests()
    {
        using var model = RandomInitialization.Create(Square, Config, 3);
        ModelWriter.Save(folder.Root, Square, Config, model);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void It_is_opened_by_a_registry_that_has_it()
    {
        Assert.Equal("unknown-architecture", Assert.Throws<InvalidInputException>(() => PretrainedModel.Open(folder.Root)).Code);
        using var opened = PretrainedModel.Open(folder.Root, architectures: Registry);
        Assert.Same(Square, opened.Architecture);
        Assert.Empty(opened.UnusedTensors);
        Assert.Contains("body.blocks.1.qkv.weight", opened.Checkpoint.Tensors.Keys);
        Assert.Equal([48, 16], opened.StoredShape("body.blocks.0.qkv.weight"));
    }

    [Fact]
    public void It_writes_text_with_the_cache_as_without()
    {
        using var opened = PretrainedModel.Open(folder.Root, architectures: Registry);
        opened.LoadAll();
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        var generator = new Generator(opened.GenerativeModel, computation);
        int[][] prompts = [[1, 2, 3], [4]];
        var options = new GenerationOptions { MaxNewTokens = 6, EndIds = [] };
        Assert.Equal(generator.Generate(prompts, options), generator.Generate(prompts, options with { UseCache = false }));
    }

    [Fact]
    public void Its_gradients_reach_every_parameter()
    {
        using var model = RandomInitialization.Create(Square, Config, 4);
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        foreach (var parameter in model.Parameters)
        {
            parameter.EnableGradient();
        }

        using var tape = computation.Record();
        tape.Watch(model.Parameters);
        var batch = new TokenBatch([1, 2, 3, 4, 5, 6], 2);
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        computation.CrossEntropy(logits, [2, 3, 7, 5, 6, 8]);
        tape.Backward();
        Assert.All(model.Parameters, parameter => Assert.Contains(parameter.Gradient!.ToArray(), value => value != 0));
    }

    [Fact]
    public void One_of_the_same_name_takes_the_place_of_a_built_in()
    {
        Assert.Equal(ArchitectureRegistry.BuiltIn.All.Count + 1, Registry.All.Count);
        Assert.Equal(Registry.All.Count, Registry.With(new SquareArchitecture()).All.Count);
        Assert.Same(Square, Registry.Of(Config));
        Assert.Throws<ArgumentException>(() => ArchitectureRegistry.BuiltIn.Of(Config));
    }
}
