namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>A join that was learned.</summary>
/// <param name="Left">The first token.</param>
/// <param name="Right">The token behind it.</param>
/// <param name="Count">How often the two stood side by side in the text when they were joined.</param>
public sealed record TokenMerge(string Left, string Right, long Count);
