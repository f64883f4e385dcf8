using Xunit;

namespace Sparsum.Testing;

/// <summary>A test that needs a part of <see cref="SharedFiles"/> and is skipped, saying why, where it is absent.</summary>
public sealed class SharedFactAttribute : FactAttribute
{
    /// <summary>Names the part, e.g. <c>oracle/models</c>.</summary>
    public SharedFactAttribute(string part) => Skip = SharedFiles.WhyMissing(part);
}
