using Xunit;

namespace Sparsum.Testing;

/// <summary>A theory that needs a part of <see cref="SharedFiles"/> and is skipped, saying why, where it is absent.</summary>
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    /// <summary>Names the part, e.g. <c>oracle/models</c>.</summary>
    public SharedTheoryAttribute(string part) => Skip = SharedFiles.WhyMissing(part);
}
