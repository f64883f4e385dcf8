using Sparsum.Core;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.OneShot;

/// <summary>Checks the options of a run and puts its pruners together.</summary>
internal static class PruneTask
{
    /// <summary>The task that options describe.</summary>
    /// <exception cref="InvalidInputException">A number is out of range, options exclude each other, or data are missing.</exception>
    public static AllocationTask Of(PruneOptions options)
    {
        CheckRanges(options);
        if (options.Pattern is not null && options.Granularity != Granularity.Row)
        {
            throw new InvalidInputException("conflicting-options", "A pattern compares weights within its groups, not within the layer.")
            {
                Option = "granularity",
                Found = $"{options.Granularity} together with a pattern",
                Hint = "Leave out `granularity` or `pattern`.",
            };
        }

        var masks = new MaskOptions(options.Granularity, options.BlockRows, options.Pattern);
        if (options.Rounding == SparsityRounding.Equal && !masks.HasFreeRows)
        {
            throw new InvalidInputException("conflicting-options", "Numbers of zeros are made equal where weights compete within rows, one by one.")
            {
                Option = "rounding",
                Found = "equal together with a pattern, another granularity or rows that share their zeros",
                Hint = "Leave out `rounding`, or `pattern`, `granularity` and `block-rows`.",
            };
        }

        if (options.Rounding == SparsityRounding.Equal && options.Allocation.HasOwnSparsity)
        {
            throw new InvalidInputException("conflicting-options", "Ratios that are given have zeros of their own, which cannot be made equal to another sparsity's.")
            {
                Option = "rounding",
                Found = $"equal together with {options.Allocation.Name}",
                Hint = "Leave out `rounding`.",
            };
        }

        if (NeedsCalibration(options) && options.Calibration is null)
        {
            throw new InvalidInputException("missing-calibration", $"The {WhoNeedsCalibration(options)} needs calibration data.")
            {
                Option = "calibration",
                Found = "none",
                Expected = "text, JSON lines, or ready input_ids",
                Hint = "Give a file with `calibration`, or use `method magnitude` with `allocation uniform`, which need none.",
            };
        }

        if (options.Calibration is not null && !NeedsCalibration(options))
        {
            throw new InvalidInputException(
                "unused-option", $"Calibration data would have no effect: {options.Method.Name} with {options.Allocation.Name} needs none.")
            {
                Option = "calibration",
                Found = options.Calibration.File,
                Hint = "Leave it out, or choose a method that needs data, such as `method wanda`.",
            };
        }

        options.Calibration?.Validate();
        options.Quantization?.Validate();
        var task = new AllocationTask
        {
            Sparsity = options.Pattern?.Sparsity ?? options.Sparsity,
            Masks = masks,
            Rounding = options.Rounding,
            Method = options.Method,
            Pruner = CreateFinal(options, masks),
            SearchPruner = CreatePruner(options, options.Method.ForSearch, masks),
        };
        options.Allocation.Check(task);
        return task;
    }

    /// <summary>Whether the method, its refinement or the allocation needs calibration data.</summary>
    public static bool NeedsCalibration(PruneOptions options) =>
        options.Method.NeedsCalibration || options.Allocation.NeedsCalibration || options.Refinement?.NeedsCalibration == true;

    private static string WhoNeedsCalibration(PruneOptions options) =>
        options.Method.NeedsCalibration ? $"method '{options.Method.Name}'"
        : options.Refinement?.NeedsCalibration == true ? $"refinement '{options.Refinement.Name}'"
        : $"allocation '{options.Allocation.Name}'";

    private static ILayerPruner CreateFinal(PruneOptions options, MaskOptions masks) => options.Quantization is { } quantization
        ? new QuantizingPruner(CreatePruner(options, options.Method, masks, quantization), quantization)
        : CreatePruner(options, options.Method, masks);

    private static ExpertPruner CreatePruner(
        PruneOptions options, IPruningMethod method, MaskOptions masks, WeightQuantization? quantization = null) => new(
        quantization is not null && options.Refinement is null && method is IQuantizingMethod quantizing
            ? quantizing.Create(masks, quantization)
            : CreateForSeen(options, method, masks),
        options.UnseenExperts == UnseenExperts.Magnitude ? ((IPruningMethod)new Magnitude()).Create(masks) : null);

    /// <summary>The method's own pruner, or that of a refinement which starts from the method's scores.</summary>
    private static ILayerPruner CreateForSeen(PruneOptions options, IPruningMethod method, MaskOptions masks) => options.Refinement switch
    {
        null => method.Create(masks),
        { } refinement => refinement.Create(
            method.InitialScores ?? throw new InvalidInputException("conflicting-options", $"The masks of method '{method.Name}' cannot be refined.")
            {
                Option = "refine",
                Found = $"{refinement.Name} together with {method.Name}",
                Hint = "Leave out `refine` or choose a method that scores weights.",
            },
            masks),
    };

    private static void CheckRanges(PruneOptions options)
    {
        if (!(options.Sparsity is >= 0 and < 1))
        {
            throw OutOfRange("sparsity", FormattableString.Invariant($"{options.Sparsity}"), "a number from 0 to below 1", "0.7 prunes 70 % of the weights.");
        }

        if (options.Pattern is { } pattern && !(pattern.PrunedPerGroup > 0 && pattern.PrunedPerGroup < pattern.GroupSize))
        {
            throw OutOfRange("pattern", pattern.ToString(), "N:M with 0 < N < M", "2:4 prunes 2 of every 4 neighbouring weights.");
        }

        if (options.BlockRows < 1)
        {
            throw OutOfRange("block-rows", FormattableString.Invariant($"{options.BlockRows}"), "1 or more", "4 lets every 4 neighbouring rows share their zeros.");
        }

        if (options.ShardBytes < 1)
        {
            throw OutOfRange("shard-size", FormattableString.Invariant($"{options.ShardBytes}"), "1 byte or more", "Leave the option out to use its default.");
        }
    }

    private static InvalidInputException OutOfRange(string option, string found, string expected, string hint) =>
        new("option-out-of-range", $"The {option} is {found}.") { Option = option, Found = found, Expected = expected, Hint = hint };
}
