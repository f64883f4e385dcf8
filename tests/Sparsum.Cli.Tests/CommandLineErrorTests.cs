using Sparsum.Cli.Tests.Support;
using Xunit;

namespace Sparsum.Cli.Tests;

public class CommandLineErrorTests
{
    [Theory]
    [InlineData("unknown-command", "evalute", "Did you mean 'evaluate'?", "evalute", "model")]
    [InlineData("unknown-option", "--windo", "Did you mean '--window'?", "evaluate", "model", "--windo", "3")]
    [InlineData("unknown-argument", "other", "See 'sparsum evaluate --help'.", "evaluate", "model", "other")]
    [InlineData("invalid-command-line", null, "See 'sparsum forward --help'.", "forward", "model")]
    [InlineData("invalid-command-line", null, "See 'sparsum --help'.")]
    public void A_wrong_command_line_says_what_is_wrong_and_what_to_do(string code, string? found, string hint, params string[] args)
    {
        var run = CliRun.Of([.. args, "--json"]);

        Assert.True(run.ExitCode == 2, run.ToString());
        var error = run.Json.GetProperty("error");
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Equal(found, error.GetProperty("found").GetString());
        Assert.Equal(hint, error.GetProperty("hint").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.Equal(["code", "message", "file", "found", "expected", "hint"], error.EnumerateObject().Select(field => field.Name));
    }

    [Theory]
    [InlineData("--window", "x", "a whole number of at least 2")]
    [InlineData("--window", "1", "a whole number of at least 2")]
    [InlineData("--threads", "-1", "a whole number from 0 to 1024")]
    [InlineData("--seed", "1.5", "a whole number of at least 0")]
    [InlineData("--protocol", "nonsense", "auto, documents, joined, concatenated, wikitext2, ptb, c4")]
    [InlineData("--documents", "9..3", "A..B with 0 ≤ A ≤ B, e.g. 0..19")]
    public void A_value_that_does_not_fit_names_the_option_and_what_belongs_there(string option, string value, string expected)
    {
        var run = CliRun.Of("evaluate", "model", "--perplexity", "file", option, value, "--json");

        Assert.True(run.ExitCode == 2, run.ToString());
        var error = run.Json.GetProperty("error");
        Assert.Equal("invalid-option", error.GetProperty("code").GetString());
        Assert.Equal(option, error.GetProperty("file").GetString());
        Assert.Equal(value, error.GetProperty("found").GetString());
        Assert.Equal(expected, error.GetProperty("expected").GetString());
        Assert.Empty(run.Error);
    }

    [Fact]
    public void People_read_errors_on_standard_error()
    {
        var run = CliRun.Of("evaluate", "model", "--window", "x");

        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("a whole number of at least 2", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }
}
