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

    /// <summary>Standard deviation of fresh weights, which the families keep under different keys.</summary>
    public abstract double FreshDeviation();
}
