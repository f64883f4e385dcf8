using Xunit;

namespace Sparsum.Reporting.Tests;

/// <summary>A test in a real browser, skipped, saying why, where there is none.</summary>
public sealed class ChromiumTheoryAttribute : TheoryAttribute
{
    /// <summary>Where Debian and its relatives install it.</summary>
    public const string ExecutablePath = "/usr/bin/chromium";

    /// <summary>Looks for the browser.</summary>
    public ChromiumTheoryAttribute() => Skip = File.Exists(ExecutablePath) ? null : $"There is no {ExecutablePath}.";
}
