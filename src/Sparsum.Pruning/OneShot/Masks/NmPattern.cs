using System.Globalization;
using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Masks;

/// <summary>Semi-structured sparsity: of every <paramref name="GroupSize"/> consecutive columns of a row, <paramref name="PrunedPerGroup"/> are pruned.</summary>
/// <param name="PrunedPerGroup">How many of a group become zero.</param>
/// <param name="GroupSize">Columns per group.</param>
public sealed record NmPattern(int PrunedPerGroup, int GroupSize)
{
    /// <summary>Share of zeros that the pattern makes.</summary>
    public double Sparsity => (double)PrunedPerGroup / GroupSize;

    /// <summary>Reads <c>2:4</c> as "2 of every 4 are pruned".</summary>
    /// <exception cref="InvalidInputException">The text is no such pattern, or would prune nothing or everything.</exception>
    public static NmPattern Parse(string text)
    {
        var parts = text.Split(':');
        if (parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int pruned)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int size)
            && 0 < pruned && pruned < size)
        {
            return new NmPattern(pruned, size);
        }

        throw new InvalidInputException("malformed-pattern", $"'{text}' is no sparsity pattern.")
        {
            Option = "pattern",
            Found = text,
            Expected = "N:M with 0 < N < M",
            Hint = "2:4 prunes 2 of every 4 neighbouring weights.",
        };
    }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{PrunedPerGroup}:{GroupSize}");
}
