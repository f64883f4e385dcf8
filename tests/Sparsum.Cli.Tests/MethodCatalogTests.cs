using Sparsum.Cli.Methods;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Allocation.NeuronAl;
using Sparsum.Pruning.OneShot.Allocation.Owl;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Names and settings of the command line, and the records that they are bound onto.</summary>
public sealed class MethodCatalogTests
{
    public static TheoryData<string> Names => [.. PruningCatalog.All.Where(entry => entry.Defaults is not null).Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_a_record_tells_is_every_setting_and_binds_back(string name)
    {
        var entry = PruningCatalog.All.First(entry => entry.Name == name);
        foreach (var options in new[] { entry.Defaults!, entry.Published! })
        {
            var settings = options.ToSettings();

            Assert.Equal(entry.Properties.Select(property => property.Name).Order(), settings.Keys.Select(key => $"{name}.{key}").Order());
            var given = new GivenSettings(settings.Select(pair => $"{name}.{pair.Key}={pair.Value}"), PruningCatalog.All, "prune");
            Assert.Equal(settings, given.Bind(entry)!.ToSettings());
        }

        Assert.All(entry.Properties, property => Assert.Equal(property.Default, entry.Defaults!.ToSettings()[property.Name[(name.Length + 1)..]]));
    }

    [Fact]
    public void Spellings_do_not_matter_and_given_values_go_over_published_ones()
    {
        var entry = PruningCatalog.All.First(entry => entry.Name == "neuronal");
        var given = new GivenSettings(
            ["neuronal.blockLambdas=0.1,0.2", "neuronal.row_lambdas".Replace('_', '-') + "=0", "NeuronAl.hiddenStates=BFloat16"], PruningCatalog.All, "prune");

        var options = (NeuronAlOptions)given.Bind(entry, asPublished: true)!;

        Assert.Equal([0.1, 0.2], options.BlockLambdas);
        Assert.Equal([0], options.RowLambdas);
        Assert.Equal(HiddenStateType.Bfloat16, options.HiddenStates);
        Assert.False(options.LambdaFilter);
        Assert.True(new NeuronAlOptions().LambdaFilter);
    }

    [Theory]
    [InlineData("unknown-setting", "owl.lamda=1", "Did you mean 'owl.lambda'?")]
    [InlineData("invalid-setting", "neuronal.step=blok", "Did you mean 'neuronal.step=block'?")]
    [InlineData("invalid-setting", "owl.m=five", "See --help-methods.")]
    [InlineData("invalid-option", "owl.m", "See 'sparsum prune --help-methods'.")]
    public void What_cannot_be_is_refused_with_what_was_meant(string code, string text, string hint)
    {
        var error = Assert.Throws<InvalidInputException>(() =>
        {
            var given = new GivenSettings([text], PruningCatalog.All, "prune");
            foreach (var entry in PruningCatalog.All)
            {
                given.Bind(entry);
            }
        });

        Assert.Equal((code, hint), (error.Code, error.Hint));
    }

    [Fact]
    public void A_setting_of_a_method_that_is_not_in_use_is_refused()
    {
        var given = new GivenSettings(["owl.m=3"], PruningCatalog.All, "prune");
        var uniform = PruningCatalog.All.First(entry => entry.Name == "uniform");

        var error = Assert.Throws<InvalidInputException>(() => given.RequireUsed([uniform]));

        Assert.Equal("unused-option", error.Code);
        Assert.Contains("owl", error.Hint, StringComparison.Ordinal);
        given.RequireUsed([PruningCatalog.All.First(entry => entry.Name == "owl")]);
    }

    [Fact]
    public void Two_values_of_one_setting_are_refused()
    {
        Assert.Equal("conflicting-options", Assert.Throws<InvalidInputException>(
            () => new GivenSettings(["owl.m=3", "owl.m=4"], PruningCatalog.All, "prune")).Code);
        Assert.Throws<InvalidInputException>(() => new OwlAllocation(new OwlOptions { M = -1 }));
    }
}
