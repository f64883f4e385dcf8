using Sparsum.Core;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Pruning.OneShot.Refinement;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.OneShot;

/// <summary>What a one-shot run does to a model. Everything that the result depends on is here.</summary>
public sealed record PruneOptions
{
    /// <summary>The method, a name in <see cref="PruningMethods.All"/>.</summary>
    public string Method { get; init; } = "wanda";

    /// <summary>A refinement of the method's masks, a name in <see cref="Refinements.All"/>; null for none.</summary>
    public string? Refinement { get; init; }

    /// <summary>The allocation, a name in <see cref="Allocations.All"/>.</summary>
    public string Allocation { get; init; } = "uniform";

    /// <summary>Share of the weights to prune, from 0 to below 1; a <see cref="Pattern"/> takes its place.</summary>
    public double Sparsity { get; init; } = 0.5;

    /// <summary>Semi-structured pattern; null for unstructured sparsity.</summary>
    public NmPattern? Pattern { get; init; }

    /// <summary>Which weights compete with each other.</summary>
    public Granularity Granularity { get; init; } = Granularity.Row;

    /// <summary>
    /// How many neighbouring rows share their zeros: 4 makes the 4x1 blocks that sparse kernels read fastest, 1 leaves rows to themselves.
    /// </summary>
    public int BlockRows { get; init; } = 1;

    /// <summary>The calibration data; null for methods that need none.</summary>
    public CalibrationOptions? Calibration { get; init; }

    /// <summary>Settings of methods and allocations that differ from their defaults, by name (<c>owl.lambda</c>).</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Largest file of the output in bytes.</summary>
    public long ShardBytes { get; init; } = ShardPlan.DefaultShardBytes;

    /// <summary>The sparsity aimed at: that of the pattern where there is one.</summary>
    internal double Target => Pattern?.Sparsity ?? Sparsity;

    /// <summary>Whether the method, its refinement or the allocation needs calibration data.</summary>
    internal bool NeedsCalibration => PruningMethods.Get(Method).NeedsCalibration
        || Allocations.Get(Allocation).NeedsCalibration
        || (Refinement is not null && Refinements.Get(Refinement).NeedsCalibration);

    /// <summary>Checks every value.</summary>
    /// <exception cref="InvalidInputException">A name is unknown, a number out of range, options exclude each other, or data are missing.</exception>
    public void Validate()
    {
        var method = PruningMethods.Get(Method);
        var allocation = Allocations.Get(Allocation);
        var refinement = Refinement is null ? null : Refinements.Get(Refinement);
        if (!(Sparsity is >= 0 and < 1))
        {
            throw OutOfRange("--sparsity", FormattableString.Invariant($"{Sparsity}"), "a number from 0 to below 1", "0.7 prunes 70 % of the weights.");
        }

        if (Pattern is { } pattern && !(pattern.PrunedPerGroup > 0 && pattern.PrunedPerGroup < pattern.GroupSize))
        {
            throw OutOfRange("--pattern", pattern.ToString(), "N:M with 0 < N < M", "2:4 prunes 2 of every 4 neighbouring weights.");
        }

        if (BlockRows < 1)
        {
            throw OutOfRange("--block-rows", FormattableString.Invariant($"{BlockRows}"), "1 or more", "4 lets every 4 neighbouring rows share their zeros.");
        }

        if (ShardBytes < 1)
        {
            throw OutOfRange("--shard-size", FormattableString.Invariant($"{ShardBytes}"), "1 byte or more", "Leave the option out to use its default.");
        }

        if (Pattern is not null && Granularity != Granularity.Row)
        {
            throw new InvalidInputException("conflicting-options", "A pattern compares weights within its groups, not within the layer.")
            {
                File = "--granularity",
                Found = $"{Granularity} together with a pattern",
                Hint = "Leave out --granularity or --pattern.",
            };
        }

        if (NeedsCalibration && Calibration is null)
        {
            string who = method.NeedsCalibration ? $"method '{Method}'"
                : refinement?.NeedsCalibration == true ? $"refinement '{Refinement}'"
                : $"allocation '{Allocation}'";
            throw new InvalidInputException("missing-calibration", $"The {who} needs calibration data.")
            {
                File = "--calibration",
                Found = "none",
                Expected = "text, JSON lines, or ready input_ids",
                Hint = "Give a file with --calibration, or use --method magnitude with --allocation uniform, which need none.",
            };
        }

        Calibration?.Validate();
        allocation.Check(this);
    }

    /// <summary>The same with another value of a setting.</summary>
    internal PruneOptions With(string setting, string value) => this with
    {
        Settings = new SortedDictionary<string, string>(Settings.ToDictionary(), StringComparer.Ordinal) { [setting] = value },
    };

    private static InvalidInputException OutOfRange(string option, string found, string expected, string hint) =>
        new("option-out-of-range", $"{option} is {found}.") { File = option, Found = found, Expected = expected, Hint = hint };
}
