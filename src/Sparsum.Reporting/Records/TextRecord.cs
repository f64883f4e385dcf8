namespace Sparsum.Reporting.Records;

/// <summary>A text that a <c>generate</c> run wrote.</summary>
/// <param name="Prompt">What it began with.</param>
/// <param name="Text">What the model went on with.</param>
public sealed record TextRecord(string Prompt, string Text);
