namespace Sparsum.Evaluation.Datasets;

/// <summary>A member of a documentation file as plain text, nothing left out yet.</summary>
/// <param name="Id">The documentation identifier.</param>
/// <param name="Summary">The summary; empty when there is none.</param>
/// <param name="Details">Parameters, returns, remarks, in the order of the file.</param>
internal sealed record DocumentationMember(string Id, string Summary, IReadOnlyList<string> Details);
