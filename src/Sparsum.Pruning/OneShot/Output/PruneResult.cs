using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Planning;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.OneShot.Output;

/// <summary>What a run did, complete enough to repeat it. Kept in the output folder as <c>pruning.json</c>.</summary>
public sealed record PruneResult
{
    internal const string FileName = "pruning.json";

    /// <summary>Share of exact zeros over all pruned matrices.</summary>
    public required double Sparsity { get; init; }

    /// <summary>Exact zeros in the pruned matrices.</summary>
    public required long Zeros { get; init; }

    /// <summary>Weights in the pruned matrices.</summary>
    public required long Elements { get; init; }

    /// <summary>Values in all other tensors of the checkpoint: embeddings, norms, biases, head.</summary>
    public required long OtherElements { get; init; }

    /// <summary>The layers of the blocks that were left as they are, by choice; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? LeftOut { get; init; }

    /// <summary>Every block with its layers that were pruned.</summary>
    public required IReadOnlyList<BlockSparsity> Blocks { get; init; }

    /// <summary>The options, defaults included.</summary>
    public required PruneDescription Options { get; init; }

    /// <summary>Where the calibration sequences came from; null when none were used.</summary>
    public CalibrationProvenance? Calibration { get; init; }

    /// <summary>Identifies the model that went in.</summary>
    public required string ModelFingerprint { get; init; }

    /// <summary>How the allocation came to its ratios; null when there is nothing to tell.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Allocation { get; init; }

    /// <summary>The memory that the run was expected to need.</summary>
    public required MemoryEstimate Memory { get; init; }

    /// <summary>The floating-point operations that it was expected to take.</summary>
    public double FloatingPointOperations { get; init; }

    /// <summary>Blocks that an earlier, interrupted run had finished; all of them when the run was found complete.</summary>
    [JsonIgnore]
    public int ResumedBlocks { get; init; }

    /// <summary>Whether there was nothing left to do.</summary>
    [JsonIgnore]
    public bool WasComplete { get; init; }
}

/// <summary><see cref="PruneOptions"/> as records hold them: methods by their names, with every setting.</summary>
public sealed record PruneDescription
{
    /// <summary>The name of the method.</summary>
    public required string Method { get; init; }

    /// <summary>The name of the refinement; null for none.</summary>
    public string? Refinement { get; init; }

    /// <summary>The name of the allocation.</summary>
    public required string Allocation { get; init; }

    /// <summary>The settings of all three, defaults included, each as <c>owl.lambda</c>.</summary>
    public required SortedDictionary<string, string> Settings { get; init; }

    /// <summary>Which layers were pruned; null for all.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LayerSelection? Layers { get; init; }

    /// <summary>Share of the weights of the selected layers to prune; null where the allocation has ratios of its own.</summary>
    public required double? Sparsity { get; init; }

    /// <inheritdoc cref="PruneOptions.Pattern"/>
    public NmPattern? Pattern { get; init; }

    /// <inheritdoc cref="PruneOptions.Rounding"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public SparsityRounding Rounding { get; init; }

    /// <inheritdoc cref="PruneOptions.Granularity"/>
    public required Granularity Granularity { get; init; }

    /// <inheritdoc cref="PruneOptions.BlockRows"/>
    public required int BlockRows { get; init; }

    /// <inheritdoc cref="PruneOptions.UnseenExperts"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public UnseenExperts UnseenExperts { get; init; }

    /// <inheritdoc cref="PruneOptions.Quantization"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WeightQuantization? Quantization { get; init; }

    /// <inheritdoc cref="PruneOptions.Calibration"/>
    public CalibrationOptions? Calibration { get; init; }

    /// <inheritdoc cref="PruneOptions.ShardBytes"/>
    public required long ShardBytes { get; init; }

    /// <summary>How exact the products of float32 were.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Float32Precision Precision { get; init; }
}
