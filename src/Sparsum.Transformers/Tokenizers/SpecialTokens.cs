namespace Sparsum.Transformers.Tokenizers;

/// <summary>Ids of the tokens with a role; null where the tokenizer has none.</summary>
internal sealed record SpecialTokens
{
    /// <summary>Begins a sequence.</summary>
    public int? Begin { get; init; }

    /// <summary>Ends a sequence.</summary>
    public int? End { get; init; }

    /// <summary>Stands for what the vocabulary lacks.</summary>
    public int? Unknown { get; init; }

    /// <summary>Stands between two texts.</summary>
    public int? Separator { get; init; }

    /// <summary>Fills a batch.</summary>
    public int? Pad { get; init; }

    /// <summary>Summarises a sequence for a classifier.</summary>
    public int? Class { get; init; }

    /// <summary>Hides a token for masked language modelling.</summary>
    public int? Mask { get; init; }

    /// <summary>All special ids, those without a role included.</summary>
    public IReadOnlySet<int> All { get; init; } = new HashSet<int>();
}
