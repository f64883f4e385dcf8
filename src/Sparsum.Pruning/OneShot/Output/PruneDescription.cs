using System.Text.Json.Serialization;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.OneShot.Output;

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

    /// <inheritdoc cref="PruneOptions.Sparsity"/>
    public required double Sparsity { get; init; }

    /// <inheritdoc cref="PruneOptions.Pattern"/>
    public NmPattern? Pattern { get; init; }

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
}
