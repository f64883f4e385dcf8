namespace Sparsum.Evaluation.Glue;

/// <summary>One example of a GLUE task.</summary>
/// <param name="TextA">The first or only text, as the file has it.</param>
/// <param name="TextB">The second text of a pair, else null.</param>
/// <param name="Label">Index in <see cref="GlueTask.Labels"/>; null without a published label and in regression.</param>
/// <param name="Score">The number to predict in regression; null without a published one and in classification.</param>
public sealed record GlueExample(string TextA, string? TextB, int? Label, double? Score);
