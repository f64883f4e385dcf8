using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

public sealed class ModelWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [MemberData(nameof(SmallModels.ModelTypes), MemberType = typeof(SmallModels))]
    public void A_random_model_comes_back_as_it_was_written(string modelType)
    {
        var config = SmallModels.Of(modelType);
        string path = folder[modelType];
        using var model = RandomInitialization.Create(config, 7);
        ModelWriter.Save(path, config, model);
        using var opened = PretrainedModel.Open(path);
        opened.LoadAll();
        Assert.Equal(modelType, opened.Architecture.ModelType);
        Assert.Empty(opened.UnusedTensors);
        Assert.Equal(model.Parameters.Select(parameter => $"{parameter}"), opened.Model.Parameters.Select(parameter => $"{parameter}"));
        foreach (var (expected, actual) in model.Parameters.Zip(opened.Model.Parameters))
        {
            Assert.Equal(expected.Value.ToArray(), actual.Value.ToArray());
        }

        Assert.True(JsonNode.DeepEquals(
            ArchitectureRegistry.BuiltIn.Of(config).Write(config), opened.Architecture.Write(opened.Architecture.Read(opened.Config))));
    }

    [Theory]
    [MemberData(nameof(SmallModels.ModelTypes), MemberType = typeof(SmallModels))]
    public void A_random_model_runs(string modelType)
    {
        using var model = RandomInitialization.Create(SmallModels.Of(modelType), 7);
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        var batch = new TokenBatch([1, 5, 9, 30, 0, 4, 2, 2], 2) { Target = new TokenBatch([3, 5, 9, 30, 0, 4, 2, 2], 2) };
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        Assert.Equal(model.Classification is { } head ? [2, head.LabelCount] : [8, 31], logits.Shape.ToArray());
        Assert.All(logits.ToArray(), logit => Assert.True(float.IsFinite(logit)));
        Assert.NotEqual(logits.Row(0).ToArray(), logits.Row(1).ToArray());
    }

    [Fact]
    public void Half_precision_is_rounded_and_named()
    {
        string path = folder["half"];
        using var model = RandomInitialization.Create(SmallModels.Llama, 3);
        ModelWriter.Save(path, SmallModels.Llama, model, TensorDataType.BF16);
        using var opened = PretrainedModel.Open(path);
        Assert.Equal("bfloat16", opened.Config.GetProperty("torch_dtype").GetString());
        Assert.All(opened.Checkpoint.Tensors.Values, tensor => Assert.Equal(TensorDataType.BF16, tensor.DataType));
        opened.LoadAll();
        Numbers.AssertClose(model.TokenEmbedding.Value.Span, opened.Model.TokenEmbedding.Value.Span, 0.08 / 256);
    }

    [Fact]
    public void Other_types_are_refused()
    {
        using var model = RandomInitialization.Create(SmallModels.Llama, 3);
        Assert.Throws<ArgumentException>(() => ModelWriter.Save(folder["no"], SmallModels.Llama, model, TensorDataType.I8));
        Assert.False(Directory.Exists(folder["no"]));
    }

    [Fact]
    public void A_folder_that_cannot_be_made_is_a_failed_run()
    {
        using var model = RandomInitialization.Create(SmallModels.Llama, 3);
        File.WriteAllText(folder["file"], "");
        var error = Assert.Throws<RunFailedException>(() => ModelWriter.Save(folder["file/model"], SmallModels.Llama, model));
        Assert.Equal("write-failed", error.Code);
    }

    public void Dispose() => folder.Dispose();
}
