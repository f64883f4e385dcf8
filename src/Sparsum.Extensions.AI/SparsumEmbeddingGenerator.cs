using Microsoft.Extensions.AI;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Extensions.AI;

/// <summary>
/// Turns texts into vectors with an encoder or a decoder on this machine, dense, pruned or compacted. Any number of threads may use one generator;
/// requests are answered one after the other.
/// </summary>
/// <example><code>
/// using var generator = SparsumEmbeddingGenerator.Open("minilm-pruned");
/// var vector = await generator.GenerateVectorAsync("a sentence");
/// </code></example>
public sealed class SparsumEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly LoadedModel model;
    private readonly EmbeddingModelOptions options;

    private SparsumEmbeddingGenerator(LoadedModel model, EmbeddingModelOptions options, TextPooling pooling)
    {
        (this.model, this.options, Pooling) = (model, options, pooling);
        Metadata = new EmbeddingGeneratorMetadata("sparsum", defaultModelId: model.Name, defaultModelDimensions: Dimensions);
    }

    /// <summary>What becomes of the states of a text's tokens.</summary>
    public TextPooling Pooling { get; }

    /// <summary>Numbers in a vector.</summary>
    public int Dimensions => model.Pretrained.Model.HiddenSize;

    /// <summary>Who answers.</summary>
    public EmbeddingGeneratorMetadata Metadata { get; }

    /// <summary>Opens a model and reads its weights.</summary>
    /// <param name="path">A model folder, or a GGUF file.</param>
    /// <param name="options">How texts become vectors; null takes the defaults.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    /// <exception cref="InvalidInputException">
    /// It is damaged, has an encoder and a decoder, or says that its vectors are made in a way that is not known; or an option is out of range.
    /// </exception>
    public static SparsumEmbeddingGenerator Open(string path, EmbeddingModelOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new EmbeddingModelOptions();
        if (options is { MaxTokens: < 1 } or { BatchTokens: < 1 })
        {
            throw new InvalidInputException("invalid-option", "A number of tokens is out of range.")
            {
                Found = FormattableString.Invariant($"MaxTokens {options.MaxTokens}, BatchTokens {options.BatchTokens}"),
                Expected = "at least 1",
            };
        }

        var said = PoolingFiles.Read(path);
        var pretrained = OpenHeadless(path);
        TextPooling pooling;
        try
        {
            pooling = options.Pooling ?? said ?? (pretrained.Model is EncoderModel ? TextPooling.Mean : TextPooling.LastToken);
            RequireFit(pretrained);
        }
        catch
        {
            pretrained.Dispose();
            throw;
        }

        return new SparsumEmbeddingGenerator(new LoadedModel(pretrained, options.Storage, options.Threads, cancellationToken), options, pooling);
    }

    /// <summary>The vectors of texts, in their order.</summary>
    /// <param name="values">The texts.</param>
    /// <param name="options">The dimensions and the model if they are named must be those that there are; anything else is refused.</param>
    /// <param name="cancellationToken">Cancels between batches.</param>
    /// <exception cref="InvalidInputException">A text has no tokens or too many, or an option cannot be honoured.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        Refuse(options);
        int[][] texts = [.. values.Select(Encode)];
        float[][] vectors = await model.RunAsync(computation => Compute(computation, texts, cancellationToken), cancellationToken).ConfigureAwait(false);
        long tokens = texts.Sum(ids => (long)ids.Length);
        return new GeneratedEmbeddings<Embedding<float>>(vectors.Select(vector => new Embedding<float>(vector) { ModelId = model.Name }))
        {
            Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens },
        };
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? Metadata
            : serviceType == typeof(PretrainedModel) ? model.Pretrained
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Gives the memory of the model back, once the request that runs has ended.</summary>
    public void Dispose() => model.Dispose();

    // The head is of no use here; that of a classifier is small, that of a masked language model as large as the vocabulary.
    private static PretrainedModel OpenHeadless(string path)
    {
        var pretrained = PretrainedModel.Open(path);
        if (pretrained.Task != ModelTask.MaskedLanguageModeling || pretrained.Architecture.ClassName(ModelTask.SequenceClassification) is null)
        {
            return pretrained;
        }

        pretrained.Dispose();
        return PretrainedModel.Open(path, new HeadOptions { Task = ModelTask.SequenceClassification, Labels = ["LABEL_0"] });
    }

    private static void RequireFit(PretrainedModel pretrained)
    {
        if (pretrained.Model is EncoderDecoderModel)
        {
            throw new InvalidInputException("no-embedding-model", "A model with an encoder and a decoder gives no vectors of texts here.")
            {
                File = pretrained.Folder,
                Expected = "an encoder or a decoder",
                Hint = "Choose a sentence encoder.",
            };
        }

        if (pretrained.FreshParameters.Except(pretrained.Model.HeadParameters.Select(parameter => parameter.Name)).Any())
        {
            pretrained.RequireTrained();
        }
    }

    private static void Refuse(string option, string? found, string expected) => throw LoadedModel.Unsupported(option, $"{found}", expected);

    private void Refuse(EmbeddingGenerationOptions? asked)
    {
        if (asked?.Dimensions is { } dimensions && dimensions != Dimensions)
        {
            Refuse("dimensions", FormattableString.Invariant($"{dimensions}"), FormattableString.Invariant($"{Dimensions}"));
        }

        if (asked?.ModelId is { } id && id != model.Name)
        {
            Refuse("model-id", id, model.Name);
        }

        if (asked is { RawRepresentationFactory: not null } or { AdditionalProperties.Count: > 0 })
        {
            Refuse("additional-properties", string.Join(", ", asked.AdditionalProperties?.Keys ?? []), "none");
        }
    }

    private int[] Encode(string text, int index)
    {
        int most = model.Pretrained.Model.MaxPositions;
        int limit = options.MaxTokens ?? most;
        int[] ids = model.Pretrained.Tokenizer.EncodePair(text, null, options.MaxTokens).Ids;
        return ids.Length switch
        {
            0 => throw new InvalidInputException("empty-text", "A text has no tokens.")
            {
                Found = FormattableString.Invariant($"text {index}"),
                Expected = "at least one token",
            },
            var length when length > limit || length > most => throw new InvalidInputException(
                "text-too-long", "A text has more tokens than the model has positions for.")
            {
                Found = FormattableString.Invariant($"text {index}: {length} tokens"),
                Expected = FormattableString.Invariant($"at most {Math.Min(limit, most)}"),
                Hint = $"Divide the text, or set {nameof(EmbeddingModelOptions.MaxTokens)} to have it cut.",
            },
            _ => ids,
        };
    }

    private float[][] Compute(Computation computation, int[][] texts, CancellationToken cancellationToken)
    {
        var vectors = new float[texts.Length][];

        // Texts of like length go together, so that little is padding; of equal ones in their order.
        int[] order = [.. Enumerable.Range(0, texts.Length).OrderByDescending(i => texts[i].Length)];
        for (int start = 0; start < order.Length;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Clamp(options.BatchTokens / texts[order[start]].Length, 1, order.Length - start);
            int[] rows = order[start..(start + count)];
            Compute(computation, rows, texts, vectors);
            start += count;
        }

        return vectors;
    }

    private void Compute(Computation computation, int[] rows, int[][] texts, float[][] vectors)
    {
        var network = model.Pretrained.Model;
        var batch = TokenBatch.Pad([.. rows.Select(row => texts[row])], model.Pretrained.ModelConfig.PadTokenId ?? model.Pretrained.Tokenizer.PadId ?? 0);
        var pass = network.BeginPass(computation, batch);
        using var hidden = network.ForwardHidden(pass, batch);
        for (int i = 0; i < rows.Length; i++)
        {
            vectors[rows[i]] = Pool(hidden, i * batch.Length, texts[rows[i]].Length);
        }
    }

    private float[] Pool(Tensor hidden, int first, int count)
    {
        var (start, end) = Pooling switch
        {
            TextPooling.Mean => (first, first + count),
            TextPooling.Cls => (first, first + 1),
            _ => (first + count - 1, first + count),
        };
        double[] sum = new double[hidden.Columns];
        for (int row = start; row < end; row++)
        {
            var states = hidden.Row(row);
            for (int column = 0; column < sum.Length; column++)
            {
                sum[column] += states[column];
            }
        }

        double length = Math.Sqrt(sum.Sum(value => value * value));
        double scale = options.Normalize ? 1 / Math.Max(length, 1e-12) : 1.0 / (end - start);
        return double.IsFinite(length)
            ? [.. sum.Select(value => (float)(value * scale))]
            : throw new RunFailedException("not-finite", "The model's states are not finite.") { File = model.Pretrained.Folder, Hint = "Check the weights." };
    }
}
