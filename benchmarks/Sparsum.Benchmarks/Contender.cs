namespace Sparsum.Benchmarks;

/// <summary>One way to do the same work.</summary>
internal sealed record Contender(string Name, Action Run);
