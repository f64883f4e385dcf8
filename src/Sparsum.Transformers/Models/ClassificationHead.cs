using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// Classifies a sequence by the hidden state of one of its tokens: of the first, pooled, in an encoder (Devlin et al. 2019); of the last
/// in a decoder, where only that has seen the others.
/// </summary>
public sealed class ClassificationHead : IModelHead
{
    /// <summary>Transforms the token's state <c>[hidden, hidden]</c>; null leaves it as it is.</summary>
    public Linear? Pooler { get; init; }

    /// <summary>Its activation.</summary>
    public Activation PoolerActivation { get; init; } = Activation.Tanh;

    /// <summary>Dropout before it, while a tape is recording.</summary>
    public float PoolerDropoutRate { get; init; }

    /// <summary>Norm behind it (ModernBERT); usually null.</summary>
    public Normalization? PoolerNorm { get; init; }

    /// <summary>Projects to the labels <c>[labels, hidden]</c>.</summary>
    public required Linear Classifier { get; init; }

    /// <summary>Whether the token is the last that is not padding; otherwise the first.</summary>
    public bool ReadsLastToken { get; init; }

    /// <summary>The padding token; where a model has none, the attention mask tells what is padding.</summary>
    public int? PaddingToken { get; init; }

    /// <summary>Dropout before the classifier, while a tape is recording.</summary>
    public float DropoutRate { get; init; }

    /// <summary>What the outputs mean.</summary>
    public required ProblemType Problem { get; init; }

    /// <summary>Number of outputs.</summary>
    public int LabelCount => Classifier.OutputSize;

    /// <inheritdoc/>
    public IReadOnlyList<Linear> Linears => Pooler is null ? [Classifier] : [Pooler, Classifier];

    /// <inheritdoc/>
    public IReadOnlyList<Normalization> Normalizations => PoolerNorm is null ? [] : [PoolerNorm];

    /// <summary>Logits, or numbers in a regression, <c>[batch, labels]</c>.</summary>
    public Tensor Forward(ForwardPass pass, TokenBatch batch, Tensor hidden)
    {
        var summary = pass.Computation.Gather(hidden, Rows(batch));
        if (Pooler is not null)
        {
            pass.Computation.DropoutInPlace(ref summary, PoolerDropoutRate);
            using var state = summary;
            summary = Pooler.Forward(pass, state, PoolerActivation);
        }

        if (PoolerNorm is not null)
        {
            using var pooled = summary;
            summary = PoolerNorm.Forward(pass, pooled);
        }

        pass.Computation.DropoutInPlace(ref summary, DropoutRate);
        using var features = summary;
        return Classifier.Forward(pass, features);
    }

    private int[] Rows(TokenBatch batch) =>
        [.. Enumerable.Range(0, batch.Batch).Select(row => (row * batch.Length) + (ReadsLastToken ? LastToken(batch, row) : 0))];

    /// <summary>Looked for from the right, so that padding may stand on either side.</summary>
    private int LastToken(TokenBatch batch, int row)
    {
        for (int i = batch.Length - 1; i >= 0; i--)
        {
            int index = (row * batch.Length) + i;
            bool isPadding = PaddingToken is { } padding ? batch.InputIds[index] == padding : batch.AttentionMask?[index] == 0;
            if (!isPadding)
            {
                return i;
            }
        }

        return batch.Length - 1;
    }
}
