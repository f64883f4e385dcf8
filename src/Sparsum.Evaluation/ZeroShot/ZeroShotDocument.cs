namespace Sparsum.Evaluation.ZeroShot;

/// <summary>A text and what may follow it; the model says how likely that is.</summary>
/// <param name="Context">What the model reads.</param>
/// <param name="Continuation">What is scored behind it, with the space between.</param>
public readonly record struct ZeroShotRequest(string Context, string Continuation);

/// <summary>One document of a task: a request for each choice.</summary>
/// <param name="Requests">The requests in the order of the choices.</param>
/// <param name="Answer">Index of the right choice.</param>
/// <param name="Lengths">
/// Characters of each choice without the space in front, by which <c>acc_norm</c> divides; null in tasks without it.
/// </param>
public sealed record ZeroShotDocument(IReadOnlyList<ZeroShotRequest> Requests, int Answer, IReadOnlyList<int>? Lengths = null);
