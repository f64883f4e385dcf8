namespace Sparsum.Stress;

/// <summary>What became of many attempts.</summary>
/// <param name="Counts">How often what happened, by kind.</param>
/// <param name="Failures">What should not have happened.</param>
public sealed record StressReport(SortedDictionary<string, int> Counts, List<string> Failures)
{
    /// <summary>Counts one more.</summary>
    public void Count(string kind) => Counts[kind] = Counts.GetValueOrDefault(kind) + 1;

    /// <inheritdoc/>
    public override string ToString() => string.Join(
        '\n',
        [.. Counts.Select(entry => $"{entry.Value,8}  {entry.Key}"), $"{Failures.Count,8}  failures", .. Failures.Take(50).Select(failure => "  " + failure)]);
}
