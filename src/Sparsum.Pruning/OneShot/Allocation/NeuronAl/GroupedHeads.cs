namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>What the row step does with an attention whose query heads share keys and values.</summary>
public enum GroupedHeads
{
    /// <summary>Queries, keys and values keep the block's ratio: the authors' rule for Mistral.</summary>
    Base,

    /// <summary>Queries follow their channels; keys and values, which have none of their own, keep the block's ratio.</summary>
    Query,

    /// <summary>
    /// Keys and values take the first of the queries' ratios, whatever channels these belong to: what the authors' rule for LLaMA does.
    /// </summary>
    Literal,
}
