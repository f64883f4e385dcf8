using System.Text.Json.Serialization;

namespace Sparsum.Transformers.Models;

/// <summary>
/// The keys of a <c>config.json</c> that every causal language model has. Property names are the Hugging Face keys in Pascal case;
/// defaults are those of the reference implementation, and keys without a sensible default are required.
/// </summary>
public abstract record ModelConfig
{
    /// <summary>Number of token embeddings.</summary>
    [JsonRequired]
    public int VocabSize { get; init; }

    /// <summary>Id that begins a sequence.</summary>
    public int? BosTokenId { get; init; }

    /// <summary>Ids that end a sequence: a number or a list in the file.</summary>
    [JsonConverter(typeof(TokenIdsConverter))]
    public IReadOnlyList<int>? EosTokenId { get; init; }

    /// <summary>Padding id.</summary>
    public int? PadTokenId { get; init; }

    /// <summary>Whether the head's weight is the token embedding.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary>The class that the model was saved as, which says what its head is for; null in files without one.</summary>
    public IReadOnlyList<string>? Architectures { get; init; }

    /// <summary>Name of each label of a classifier; see <see cref="LabelSet"/>.</summary>
    [JsonPropertyName("id2label")]
    public IReadOnlyDictionary<int, string>? Id2Label { get; init; }

    /// <summary>Number of each label of a classifier.</summary>
    [JsonPropertyName("label2id")]
    public IReadOnlyDictionary<string, int>? Label2Id { get; init; }

    /// <summary>Number of labels, in files without their names.</summary>
    public int? NumLabels { get; init; }

    /// <summary>What a classifier's outputs mean: <c>regression</c>, <c>single_label_classification</c>, or null for what fits the labels.</summary>
    public string? ProblemType { get; init; }

    /// <summary>For each block its attention heads that were removed, by their original numbers.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<int>>? PrunedHeads { get; init; }

    /// <summary>
    /// For each block, from 0, values that replace those of the configuration's own keys, as Hugging Face libraries from version 5 on read
    /// them. Files of earlier versions of this library have here what is now in <see cref="Sparsum"/>.
    /// </summary>
    public IReadOnlyDictionary<int, LayerConfig>? PerLayerConfig { get; init; }

    /// <summary>What no other library has a key for; null in models without it.</summary>
    public SparsumConfig? Sparsum { get; init; }

    /// <summary>How the weights of a compacted model are to be read; null in other models.</summary>
    public CompactionConfig? Compaction { get; init; }

    /// <summary>
    /// Whether the number of heads can change while the width of a head stays: where it has a key of its own and is not the hidden size
    /// divided by the number of heads.
    /// </summary>
    public virtual bool HasFreeHeadCount() => false;

    /// <summary>
    /// The configuration of a model whose blocks all have other sizes than this one; null where the architecture has no keys for them.
    /// </summary>
    /// <param name="sizes">The sizes; other heads than now only with <see cref="HasFreeHeadCount"/>.</param>
    public virtual ModelConfig? Resize(LayerSizes sizes) => null;

    /// <summary>The configuration of a model whose targets begin with a token; one without targets stays as it is.</summary>
    /// <param name="token">The token.</param>
    public virtual ModelConfig StartTargetsWith(int token) => this;

    /// <summary>The configuration of the same model with a head of its own instead of one that is tied to the embeddings.</summary>
    public virtual ModelConfig Untie() => this with { TieWordEmbeddings = false };

    /// <summary>Standard deviation of fresh weights, which the families keep under different keys.</summary>
    public abstract double InitializerStd();
}
