namespace Sparsum.Reporting.Records;

/// <summary>What sparse training did to the connections of a model: the entry <c>insights</c> of a run.</summary>
/// <param name="HeadsLeft">Heads that are left in each attention module.</param>
/// <param name="Removed">Heads that are gone, by module (block and kind) and number in the dense model.</param>
/// <param name="HeadZeros">For each attention module (block and kind) the share of zeros of every head of the dense model.</param>
/// <param name="Degrees">Rows of MLP matrices by the share of their inputs that they are connected to, in equal stretches from none to all.</param>
/// <param name="DegreeDeviation">Standard deviation of that share, in percent.</param>
/// <param name="RelativeImportance">How important removed heads were, relative to those that stayed.</param>
public sealed record TopologyRecord(
    IReadOnlyList<long> HeadsLeft,
    IReadOnlyList<(string Module, long Head)> Removed,
    IReadOnlyList<(string Module, IReadOnlyList<double> Shares)> HeadZeros,
    IReadOnlyList<long> Degrees,
    double? DegreeDeviation,
    double? RelativeImportance);
