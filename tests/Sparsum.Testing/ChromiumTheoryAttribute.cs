using Xunit;

namespace Sparsum.Testing;

/// <summary>A test in a real browser, skipped, saying why, where there is none.</summary>
public sealed class ChromiumTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks for the browser.</summary>
    public ChromiumTheoryAttribute() => Skip = Chromium.WhyMissing;
}
