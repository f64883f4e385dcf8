namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>In which order a GGUF file has the rows of a matrix, where it is not that of the Hugging Face layout.</summary>
internal enum GgufRowOrder
{
    /// <summary>The same.</summary>
    Same,

    /// <summary>Within each query head the two halves that rotate together lie side by side.</summary>
    RotaryQuery,

    /// <summary>The same within each key head.</summary>
    RotaryKey,

    /// <summary>All queries, all keys, all values, where Hugging Face has query, key and value of each head together.</summary>
    FusedByHead,

    /// <summary>The same, where Hugging Face has the queries of each key/value head with its key and value.</summary>
    FusedByGroup,
}

/// <summary>
/// The two names of a layer's weight and bias. <c>{i}</c> stands for the number of the block, <c>{e}</c> for that of an expert, whose
/// matrices lie one behind the other in one tensor of the file.
/// </summary>
/// <param name="Name">The name in the Hugging Face layout, without <c>.weight</c> or <c>.bias</c>.</param>
/// <param name="Stored">The name in a GGUF file, likewise.</param>
internal sealed record GgufTensorRule(string Name, string Stored)
{
    /// <summary>Number of the block, in a name.</summary>
    public const string Block = "{i}";

    /// <summary>Number of the expert, in a name.</summary>
    public const string Expert = "{e}";

    /// <summary>How rows are ordered.</summary>
    public GgufRowOrder Rows { get; init; }

    /// <summary>What the file's weight is larger by (Gemma's norms).</summary>
    public float Offset { get; init; }

    /// <summary>Whether the Hugging Face layout has a matrix of one row, where the file has a vector.</summary>
    public bool IsRow { get; init; }

    /// <summary>Whether the Hugging Face layout has the weight transposed (GPT-2).</summary>
    public bool IsTransposed { get; init; }
}

/// <summary>A tensor of the Hugging Face layout as a part of one in a GGUF file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Stored">The name of the tensor in the file.</param>
/// <param name="Rule">Where both come from.</param>
/// <param name="Part">Which of <paramref name="Parts"/> equal parts along the rows it is.</param>
/// <param name="Parts">Number of parts.</param>
internal sealed record GgufTensorName(string Name, string Stored, GgufTensorRule Rule, int Part, int Parts)
{
    /// <summary>Whether it is a weight, to which transposition and offset apply.</summary>
    public bool IsWeight => Name.EndsWith(".weight", StringComparison.Ordinal);
}
