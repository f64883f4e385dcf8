using Sparsum.Cli.Options;
using Sparsum.Cli.Tests.Support;
using Xunit;

namespace Sparsum.Cli.Tests;

public class HelpTests
{
    public static TheoryData<string> Verbs =>
        new(SparsumCommand.CreateRoot(new CommonOptions()).Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name));

    [Fact]
    public void The_command_explains_itself()
    {
        var run = CliRun.Of("--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Error);
        Snapshot.Match("help", run.Output.Replace("testhost", "sparsum", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_verb_explains_itself(string verb)
    {
        var run = CliRun.Of(verb, "--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Error);
        Snapshot.Match($"help-{verb}", run.Output.Replace("testhost", "sparsum", StringComparison.Ordinal));
    }

    [Fact]
    public void The_version_is_the_version_of_the_product()
    {
        var run = CliRun.Of("--version");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(typeof(SparsumCommand).Assembly.GetName().Version!.ToString(3), run.Output.Trim());
    }
}
