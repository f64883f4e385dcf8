using Microsoft.Extensions.Logging;

namespace Sparsum.Pruning.OneShot;

/// <summary>What a pruning run logs.</summary>
internal static partial class PruneLog
{
    [LoggerMessage(1, LogLevel.Information, "Pruning {Model} by {Method} with allocation {Allocation} to a sparsity of {Sparsity}")]
    public static partial void Started(this ILogger logger, string model, string method, string allocation, double sparsity);

    [LoggerMessage(2, LogLevel.Information, "Needs up to {Bytes} bytes of memory and {StateBytes} on disk, and {Operations} operations")]
    public static partial void Planned(this ILogger logger, long bytes, long stateBytes, double operations);

    [LoggerMessage(3, LogLevel.Information, "Resumed behind block {Block}")]
    public static partial void Resumed(this ILogger logger, int block);

    [LoggerMessage(4, LogLevel.Debug, "Block {Block}: sparsity {Sparsity}")]
    public static partial void BlockDone(this ILogger logger, int block, double sparsity);

    [LoggerMessage(5, LogLevel.Warning, "Block {Block}, layer {Layer}: {Note}")]
    public static partial void LayerNote(this ILogger logger, int block, string layer, string note);

    [LoggerMessage(6, LogLevel.Information, "Published {Output} with a sparsity of {Sparsity}")]
    public static partial void Published(this ILogger logger, string output, double sparsity);
}
