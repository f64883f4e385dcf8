using Xunit;

namespace Sparsum.Testing;

/// <summary>
/// A theory that takes minutes and needs a part of <see cref="SharedFiles"/>: skipped, saying why, unless <c>SPARSUM_SLOW_TESTS=1</c> is set.
/// </summary>
public sealed class SlowSharedTheoryAttribute : TheoryAttribute
{
    /// <summary>Names the part, e.g. <c>models</c>.</summary>
    public SlowSharedTheoryAttribute(string part) => Skip = SharedFiles.WhyMissing(part)
        ?? (Environment.GetEnvironmentVariable("SPARSUM_SLOW_TESTS") == "1" ? null : "takes minutes; set SPARSUM_SLOW_TESTS=1 to run it");
}
