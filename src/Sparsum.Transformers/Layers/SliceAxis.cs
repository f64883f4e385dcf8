namespace Sparsum.Transformers.Layers;

/// <summary>The side of a parameter from which a slice takes its part.</summary>
public enum SliceAxis
{
    /// <summary>The first dimension: output features of a weight, elements of a bias.</summary>
    Rows,

    /// <summary>The second dimension: input features of a weight.</summary>
    Columns,
}
