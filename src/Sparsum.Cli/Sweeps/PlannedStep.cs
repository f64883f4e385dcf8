namespace Sparsum.Cli.Sweeps;

/// <summary>One command line of a run.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Verb">The verb.</param>
/// <param name="Arguments">What follows the verb, without what the sweep adds; <c>${run}</c> stands for the folder of the run.</param>
/// <param name="Discard">The output that goes when the run is over; null if all stays.</param>
internal sealed record PlannedStep(string Name, string Verb, IReadOnlyList<string> Arguments, string? Discard);
