using System.Text.Json.Serialization;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>What is left of one block.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Name">Its checkpoint prefix.</param>
/// <param name="Layers">Its linear layers that are pruned, in order.</param>
public sealed record BlockSparsity(int Index, string Name, IReadOnlyList<LayerSparsity> Layers)
{
    /// <summary>Share of zeros in the block's matrices; 0 where all of them are left out.</summary>
    public double Sparsity => Layers.Count == 0 ? 0 : (double)Layers.Sum(layer => layer.Zeros) / Layers.Sum(layer => layer.Elements);
}

/// <summary>What is left of one layer.</summary>
/// <param name="Name">Its name in the model, without <c>.weight</c>.</param>
/// <param name="Rows">Output features.</param>
/// <param name="Columns">Input features.</param>
/// <param name="Zeros">Exact zeros, those from before the run included.</param>
public sealed record LayerSparsity(string Name, int Rows, int Columns, long Zeros)
{
    /// <summary>What the method has to tell about this layer; null when all went as usual.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Note { get; init; }

    /// <summary>Zeros that pruning had left and quantisation rounded away; they are among <see cref="Zeros"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long RoundedToZero { get; init; }

    /// <summary>Calibration tokens that reached the layer; null for a layer that every token reaches.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Tokens { get; init; }

    /// <summary>Number of weights.</summary>
    public long Elements => (long)Rows * Columns;

    /// <summary>Share of zeros.</summary>
    public double Sparsity => (double)Zeros / Elements;
}
