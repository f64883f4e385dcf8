using System.Globalization;
using System.Text.RegularExpressions;
using Sparsum.Pruning.OneShot.Masks;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>
/// An expression that gives a block an importance from the scores of its weights (Li et al. 2024, Discovering Sparsity Allocation for
/// Layer-wise Pruning of Large Language Models): operations on every score, one reduction, functions of what is left. Written as in
/// <c>W:(ABSLOG)-(VAR)-(ATAN,ASIN)-(7)</c>; the last number is a hundred times half the width of the range of ratios.
/// </summary>
/// <param name="Operations">Operations on every score, in order.</param>
/// <param name="Reduction">The reduction.</param>
/// <param name="Transforms">Functions of the reduced value, in order.</param>
/// <param name="Width">Half the width of the range of ratios, in percent.</param>
internal sealed partial record DsaExpression(
    IReadOnlyList<string> Operations, string Reduction, IReadOnlyList<string> Transforms, int Width)
{
    /// <summary>The expression that was published for LLaMA-1-7B.</summary>
    public const string Published = "W:(ABSLOG)-(VAR)-(ATAN,ASIN)-(7)";

    /// <summary>The width of the range of ratios, <c>λ</c>.</summary>
    public double Lambda => Width / 100.0;

    /// <summary>Reads an expression; null when it is none.</summary>
    public static DsaExpression? Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
        {
            return null;
        }

        string[] operations = match.Groups[1].Value.Split(',');
        string reduction = match.Groups[2].Value;
        string[] transforms = match.Groups[3].Value.Split(',');
        bool isKnown = operations.All(DsaOperation.Names.Contains)
            && DsaReduction.Names.Contains(reduction)
            && transforms.All(DsaTransform.Names.Contains);
        return isKnown
            ? new DsaExpression(operations, reduction, transforms, int.Parse(match.Groups[4].Value, CultureInfo.InvariantCulture))
            : null;
    }

    /// <summary>The importance of a block: 0 where it is no number, -1 where it is infinite.</summary>
    /// <param name="scores">The scores of the block's layers.</param>
    public float Evaluate(IReadOnlyList<LayerScores> scores)
    {
        var stream = new ScoreStream(scores);
        foreach (string operation in Operations)
        {
            stream.Apply(operation);
        }

        return DsaTransform.Apply(Transforms, DsaReduction.Apply(Reduction, stream));
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"W:({string.Join(',', Operations)})-({Reduction})-({string.Join(',', Transforms)})-({Width})");

    [GeneratedRegex(@"^W:\(([A-Z_,]+)\)-\(([A-Z0-9_]+)\)-\(([A-Z_,]+)\)-\(([0-9]{1,2})\)$")]
    private static partial Regex Form();
}
