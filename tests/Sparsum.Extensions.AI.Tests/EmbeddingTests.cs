using Microsoft.Extensions.AI;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Extensions.AI.Tests;

/// <summary>Vectors of texts, against the states of each text alone.</summary>
public sealed class EmbeddingTests(ModelFixture models) : IClassFixture<ModelFixture>
{
    private static readonly string[] Texts =
    [
        "Returns the value.", "A", "The name of the key that is looked for in the collection of all keys.", "Returns the value.", "Gets or sets",
    ];

    [Theory]
    [InlineData(true, TextPooling.Mean, true)]
    [InlineData(true, TextPooling.Cls, true)]
    [InlineData(true, TextPooling.Mean, false)]
    [InlineData(false, TextPooling.LastToken, true)]
    [InlineData(false, TextPooling.Mean, false)]
    public async Task A_vector_is_that_of_its_text_alone(bool isEncoder, TextPooling pooling, bool normalizes)
    {
        string model = isEncoder ? models.Encoder : models.Decoder;
        using var generator = SparsumEmbeddingGenerator.Open(model, new EmbeddingModelOptions { Pooling = pooling, Normalize = normalizes });
        var vectors = await generator.GenerateAsync(Texts);

        Assert.Equal(Texts.Length, vectors.Count);
        for (int i = 0; i < Texts.Length; i++)
        {
            Numbers.AssertClose(Naive(model, Texts[i], pooling, normalizes), vectors[i].Vector.Span, 2e-5, $"text {i}");
        }

        Assert.Equal(vectors[0].Vector.ToArray(), vectors[3].Vector.ToArray());
    }

    [Fact]
    public async Task Batches_do_not_matter()
    {
        using var small = SparsumEmbeddingGenerator.Open(models.Encoder, new EmbeddingModelOptions { BatchTokens = 1 });
        using var large = SparsumEmbeddingGenerator.Open(models.Encoder, new EmbeddingModelOptions { Threads = 1 });
        var (alone, together) = (await small.GenerateAsync(Texts), await large.GenerateAsync(Texts));

        Assert.All(alone.Zip(together), pair => Numbers.AssertClose(pair.First.Vector.Span, pair.Second.Vector.Span, 1e-5));
        Assert.Equal(alone.Usage!.InputTokenCount, together.Usage!.InputTokenCount);
        Assert.True(alone.Usage.InputTokenCount > 20);
    }

    [Fact]
    public async Task Long_texts_are_cut_only_where_that_is_asked_for()
    {
        string text = string.Join(' ', Enumerable.Repeat("value", 2000));
        using var strict = SparsumEmbeddingGenerator.Open(models.Encoder);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => strict.GenerateAsync(["short", text]));
        Assert.Equal("text-too-long", error.Code);
        Assert.StartsWith("text 1:", error.Found, StringComparison.Ordinal);

        using var cutting = SparsumEmbeddingGenerator.Open(models.Encoder, new EmbeddingModelOptions { MaxTokens = 16 });
        var cut = await cutting.GenerateAsync([text]);
        Assert.Equal(16, cut.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task What_the_folder_says_of_pooling_counts()
    {
        string folder = models.Copy("bert-docs", "pooled");
        Directory.CreateDirectory(Path.Combine(folder, "1_Pooling"));
        File.WriteAllText(Path.Combine(folder, "1_Pooling", "config.json"), """{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}""");
        using (var generator = SparsumEmbeddingGenerator.Open(folder))
        {
            Assert.Equal(TextPooling.Cls, generator.Pooling);
        }

        File.WriteAllText(Path.Combine(folder, "1_Pooling", "config.json"), """{"pooling_mode_max_tokens": true}""");
        Assert.Equal("unknown-pooling", Assert.Throws<InvalidInputException>(() => SparsumEmbeddingGenerator.Open(folder)).Code);
        File.WriteAllText(Path.Combine(folder, "1_Pooling", "config.json"), """{"pooling_mode_cls_token": true}""");
        File.WriteAllText(Path.Combine(folder, "modules.json"), """[{"type": "sentence_transformers.models.Transformer"}, {"type": "sentence_transformers.models.Dense"}]""");
        Assert.Equal("unknown-pooling", Assert.Throws<InvalidInputException>(() => SparsumEmbeddingGenerator.Open(folder)).Code);

        using var encoder = SparsumEmbeddingGenerator.Open(models.Encoder);
        using var decoder = SparsumEmbeddingGenerator.Open(models.Decoder);
        Assert.Equal((TextPooling.Mean, TextPooling.LastToken), (encoder.Pooling, decoder.Pooling));
    }

    [Fact]
    public async Task Options_are_honoured_or_refused()
    {
        using var generator = SparsumEmbeddingGenerator.Open(models.Encoder);
        Assert.Single(await generator.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = generator.Dimensions, ModelId = "encoder" }));
        Assert.Empty(await generator.GenerateAsync([]));
        foreach (var options in new EmbeddingGenerationOptions[] { new() { Dimensions = 3 }, new() { ModelId = "x" }, new() { AdditionalProperties = new() { ["a"] = 1 } } })
        {
            Assert.Equal("unsupported-option", (await Assert.ThrowsAsync<InvalidInputException>(() => generator.GenerateAsync(["a"], options))).Code);
        }

        Assert.Equal(generator.Dimensions, generator.GetService<EmbeddingGeneratorMetadata>()!.DefaultModelDimensions);
        Assert.Throws<InvalidInputException>(() => SparsumEmbeddingGenerator.Open(models.Encoder, new EmbeddingModelOptions { MaxTokens = 0 }));
    }

    [Fact]
    public async Task Many_threads_get_the_vectors_that_one_gets()
    {
        using var generator = SparsumEmbeddingGenerator.Open(models.Encoder);
        var alone = await generator.GenerateAsync(Texts);
        var together = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => generator.GenerateAsync(Texts))));

        Assert.All(together, vectors => Assert.All(vectors.Zip(alone), pair => Assert.Equal(pair.Second.Vector.ToArray(), pair.First.Vector.ToArray())));
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateAsync(Texts, cancellationToken: cancelled.Token));
    }

    private static float[] Naive(string folder, string text, TextPooling pooling, bool normalizes)
    {
        using var pretrained = PretrainedModel.Open(folder);
        pretrained.LoadAll();
        using var backend = new CpuBackend(1);
        using var computation = new Computation(backend);
        int[] ids = pretrained.Tokenizer.Encode(text);
        var batch = new TokenBatch(ids, 1);
        using var hidden = pretrained.Model.ForwardHidden(pretrained.Model.BeginPass(computation, batch), batch);
        float[] vector = new float[hidden.Columns];
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = pooling switch
            {
                TextPooling.Mean => (float)Enumerable.Range(0, ids.Length).Average(row => (double)hidden.Row(row)[i]),
                TextPooling.Cls => hidden.Row(0)[i],
                _ => hidden.Row(ids.Length - 1)[i],
            };
        }

        double length = Math.Sqrt(vector.Sum(value => (double)value * value));
        return normalizes ? [.. vector.Select(value => (float)(value / length))] : vector;
    }
}
