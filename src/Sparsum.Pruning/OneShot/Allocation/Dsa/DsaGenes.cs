using Sparsum.Pruning.OneShot.Calibration;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>
/// Random expressions, and what evolution makes of two: a genome has four slots, operations, reduction, functions and width.
/// </summary>
internal sealed class DsaGenes(long seed)
{
    private const int Slots = 4;
    private const int LeastWidth = 7;
    private const int MostWidth = 10;
    private const int MostSteps = 2;

    // A slot mutates with a probability of 3 in 10.
    private const int MutationTenths = 3;

    private readonly PythonRandom random = new(seed);

    /// <summary>A number from 0 to below a bound.</summary>
    public int Next(int bound) => random.NextInteger(bound - 1);

    /// <summary>An expression of which every slot is drawn.</summary>
    public DsaExpression Create()
    {
        var operations = Draw(DsaOperation.Names);
        string reduction = Pick(DsaReduction.Names);
        var transforms = Draw(DsaTransform.Names);
        return new DsaExpression(operations, reduction, transforms, LeastWidth + Next(MostWidth - LeastWidth + 1));
    }

    /// <summary>The first slots of one parent and the others of the other, cut at one point; then mutation.</summary>
    public DsaExpression Breed(DsaExpression first, DsaExpression second)
    {
        int cut = 1 + Next(Slots - 1);
        var child = new DsaExpression(
            first.Operations,
            cut > 1 ? first.Reduction : second.Reduction,
            cut > 2 ? first.Transforms : second.Transforms,
            second.Width);
        var fresh = Create();
        return new DsaExpression(
            Mutates() ? fresh.Operations : child.Operations,
            Mutates() ? fresh.Reduction : child.Reduction,
            Mutates() ? fresh.Transforms : child.Transforms,
            Mutates() ? fresh.Width : child.Width);
    }

    private bool Mutates() => Next(10) < MutationTenths;

    private string Pick(IReadOnlyList<string> names) => names[Next(names.Count)];

    private IReadOnlyList<string> Draw(IReadOnlyList<string> names) =>
        [.. Enumerable.Range(0, 1 + Next(MostSteps)).Select(_ => Pick(names))];
}
