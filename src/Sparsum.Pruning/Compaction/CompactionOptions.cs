using Sparsum.Core;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.Compaction;

/// <summary>How a model is compacted.</summary>
public sealed record CompactionOptions
{
    /// <summary>The form of the output.</summary>
    public CompactionFormat Format { get; init; } = CompactionFormat.Compact;

    /// <summary>Whether every block gets the same sizes, so that other libraries open the model; goes with <see cref="CompactionFormat.Shrunk"/>.</summary>
    public bool IsUniform { get; init; }

    /// <summary>Intermediate widths are multiples of this; dead neurons, as zeros, fill them up.</summary>
    public int RoundTo { get; init; } = 1;

    /// <summary>Largest file, in bytes.</summary>
    public long ShardBytes { get; init; } = ShardPlan.DefaultShardBytes;

    /// <summary>Checks the options against each other.</summary>
    /// <exception cref="InvalidInputException">One makes no sense.</exception>
    public void Validate()
    {
        if (RoundTo < 1)
        {
            throw Invalid("round-to", $"{RoundTo}", "at least 1");
        }

        if (ShardBytes < 1)
        {
            throw Invalid("shard-size", $"{ShardBytes}", "at least 1");
        }

        if (IsUniform && Format != CompactionFormat.Shrunk)
        {
            throw Invalid("uniform", $"with the format {Name(Format)}", $"with the format {Name(CompactionFormat.Shrunk)}");
        }

        if (RoundTo > 1 && Format == CompactionFormat.Dense)
        {
            throw Invalid("round-to", $"with the format {Name(Format)}", "with a format in which matrices shrink");
        }
    }

    private static string Name(CompactionFormat format) => format.ToString().ToLowerInvariant();

    private static InvalidInputException Invalid(string option, string found, string expected) =>
        new("invalid-option", $"The option {option} cannot be used so.")
        {
            Option = option,
            Found = found,
            Expected = expected,
        };
}

/// <summary>The form that a model is written in.</summary>
public enum CompactionFormat
{
    /// <summary>Every matrix at its full size, zeros and all: opens in any library.</summary>
    Dense,

    /// <summary>Smaller dense matrices: what is dead is gone, so blocks may differ in size.</summary>
    Shrunk,

    /// <summary>As <see cref="Shrunk"/>, and what is sparse enough is stored sparse.</summary>
    Compact,
}
