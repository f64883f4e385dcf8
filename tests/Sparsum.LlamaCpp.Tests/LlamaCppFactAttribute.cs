using Sparsum.Testing;
using Xunit;

namespace Sparsum.LlamaCpp.Tests;

/// <summary>A test that needs llama.cpp and a part of the shared files; skipped, saying why, where either is missing.</summary>
public sealed class LlamaCppFactAttribute : FactAttribute
{
    /// <summary>Names the part, e.g. <c>models</c>.</summary>
    public LlamaCppFactAttribute(string part) => Skip = SharedFiles.WhyMissing(part) ?? LlamaCpp.WhyMissing;
}

/// <summary>A theory of the same kind.</summary>
public sealed class LlamaCppTheoryAttribute : TheoryAttribute
{
    /// <summary>Names the part, e.g. <c>models</c>.</summary>
    public LlamaCppTheoryAttribute(string part) => Skip = SharedFiles.WhyMissing(part) ?? LlamaCpp.WhyMissing;
}
