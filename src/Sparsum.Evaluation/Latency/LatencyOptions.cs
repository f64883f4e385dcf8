using Sparsum.Core;
using Sparsum.Tensors;

namespace Sparsum.Evaluation.Latency;

/// <summary>What is timed and how often.</summary>
public sealed record LatencyOptions
{
    /// <summary>The kind of pass.</summary>
    public LatencyKind Kind { get; init; } = LatencyKind.Prefill;

    /// <summary>Sequences per pass.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Tokens per sequence; when decoding, the tokens that are cached before the first step.</summary>
    public int Length { get; init; } = 128;

    /// <summary>Timed rounds; every model runs once in each.</summary>
    public int Runs { get; init; } = 10;

    /// <summary>Rounds before the timed ones.</summary>
    public int WarmUp { get; init; } = 2;

    /// <summary>How keys and values are held when decoding: one of <see cref="KeyValueRows.Storages"/>.</summary>
    public StorageType Cache { get; init; } = StorageType.Float32;

    /// <summary>Positions that a model needs behind the length: one for each round of decoding.</summary>
    public int Steps => Kind == LatencyKind.Prefill ? 0 : WarmUp + Runs;

    /// <summary>Positions that a model needs.</summary>
    internal int Positions => Length + Steps;

    /// <summary>Checks the values for a model that takes sequences of at most <paramref name="maxPositions"/> tokens.</summary>
    /// <exception cref="InvalidInputException">One is out of range.</exception>
    public void Validate(int maxPositions)
    {
        Require("batch", Batch, 1, int.MaxValue);
        Require("length", Length, 1, maxPositions - Steps);
        Require("runs", Runs, 1, int.MaxValue);
        Require("warm-up", WarmUp, 0, int.MaxValue);
    }

    private static void Require(string option, int value, int smallest, int largest)
    {
        if (value < smallest || value > largest)
        {
            throw new InvalidInputException("option-out-of-range", $"`{option}` {value} is out of range.")
            {
                Option = option,
                Found = $"{value}",
                Expected = largest == int.MaxValue ? $"at least {smallest}" : $"{smallest} to {largest}",
                Hint = largest == int.MaxValue
                    ? "Choose a larger value."
                    : "The model's positions must cover the length and, when decoding, every timed step behind it.",
            };
        }
    }
}
