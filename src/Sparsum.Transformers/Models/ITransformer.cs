using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>The topology of a model: what pruning, compaction and statistics act on, whatever the architecture.</summary>
public interface ITransformer
{
    /// <summary>The blocks: encoder blocks, then decoder blocks.</summary>
    IReadOnlyList<TransformerBlock> Blocks { get; }

    /// <summary>Every parameter of the model, in the order of the computation.</summary>
    IEnumerable<Parameter> Parameters { get; }
}
