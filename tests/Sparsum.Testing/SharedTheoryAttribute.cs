using Xunit;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Sparsum.Testing;

/// <summary>
/// A theory that needs a part of <see cref="SharedFiles"/> and is skipped, saying why, where it is absent. Where only
/// <see cref="SharedFiles.Vendored"/> is there, a case whose first value names something in the part that is not is skipped alone.
/// </summary>
[XunitTestCaseDiscoverer("Sparsum.Testing.SharedTheoryDiscoverer", "Sparsum.Testing")]
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    /// <summary>Names the part, e.g. <c>oracle/models</c>.</summary>
    public SharedTheoryAttribute(string part) => Skip = SharedFiles.WhyMissing(part);
}

/// <summary>Makes the cases of a <see cref="SharedTheoryAttribute"/>.</summary>
/// <param name="messages">The runner's.</param>
public sealed class SharedTheoryDiscoverer(IMessageSink messages) : TheoryDiscoverer(messages)
{
    /// <inheritdoc/>
    protected override IEnumerable<IXunitTestCase> CreateTestCasesForDataRow(
        ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo theoryAttribute, object[] dataRow)
    {
        string part = (string)theoryAttribute.GetConstructorArguments().First();
        return SharedFiles.WhyMissing(part, dataRow) is { } reason
            ? CreateTestCasesForSkippedDataRow(discoveryOptions, testMethod, theoryAttribute, dataRow, reason)
            : base.CreateTestCasesForDataRow(discoveryOptions, testMethod, theoryAttribute, dataRow);
    }
}
