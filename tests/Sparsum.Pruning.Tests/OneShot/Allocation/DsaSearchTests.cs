using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation.Dsa;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Streaming;
using Xunit;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

public sealed class DsaSearchTests
{
    // What the search is to find: every slot that is right takes away as much.
    private static readonly DsaExpression Hidden = DsaExpression.Parse("W:(LOG,NORMALIZE)-(L1_NORM)-(SIGMOID)-(8)")!;

    [Fact]
    public void Evolution_finds_in_a_budget_what_as_many_random_draws_do_not()
    {
        var options = new DsaOptions { Population = 20, Budget = 400 };
        double evolved = Enumerable.Range(0, 5).Sum(seed => Search(options with { Seed = seed }).Perplexity);
        double random = Enumerable.Range(0, 5).Sum(seed => Search(options with { Seed = seed, Population = 400 }).Perplexity);

        Assert.True(evolved < random, $"{evolved} against {random}");
    }

    [Fact]
    public void A_seed_decides_the_course_and_a_budget_ends_it()
    {
        var options = new DsaOptions { Population = 7, Budget = 33, Seed = 3 };
        var (first, second, other) = (new List<string>(), new List<string>(), new List<string>());
        Search(options, first);
        Search(options, second);
        Search(options with { Seed = 4 }, other);

        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
        Assert.Equal(33, first.Count);
        Assert.Equal(first.Count, first.Distinct().Count());
    }

    [Fact]
    public void Candidates_that_cannot_be_used_are_never_measured()
    {
        var search = new DsaSearch(
            new DsaGenes(0),
            expressions => [.. expressions.Select(_ => (DsaCandidate?)null)],
            _ => throw new InvalidOperationException("Measured."),
            size: 5,
            budget: 10);

        Assert.Null(search.Run());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void An_interrupted_search_measures_nothing_twice_and_ends_with_the_same_bytes(int measurements)
    {
        using var model = new TestModel();
        var options = Options(model, ("search", "true"), ("fitness", model.Ids), ("population", "4"), ("budget", "5"));
        var whole = new HashSet<string>();
        model.Prune(options, output: model.At("whole"), progress: value => Remember(whole, value));
        Assert.Equal(5, whole.Count);

        using var cancellation = new CancellationTokenSource();
        var before = new HashSet<string>();
        Assert.ThrowsAny<OperationCanceledException>(() => model.Prune(
            options, progress: value => Cancel(Remember(before, value)), cancellationToken: cancellation.Token));
        var after = new HashSet<string>();
        model.Prune(options, ExistingOutput.Resume, value => Remember(after, value));

        Assert.Equal(measurements + 1, before.Count);
        Assert.Equal(5 - measurements, after.Count);
        Assert.Equal(Folders.Hashes(model.At("whole")), Folders.Hashes(model.Output));

        void Cancel(int count)
        {
            if (count > measurements)
            {
                cancellation.Cancel();
            }
        }
    }

    [Theory]
    [InlineData("invalid-setting", "expression", "VAR")]
    [InlineData("invalid-setting", "lambda", "2")]
    [InlineData("invalid-setting", "population", "1")]
    [InlineData("invalid-setting", "budget", "0")]
    public void Settings_without_meaning_are_refused(string code, string name, string value)
    {
        using var model = new TestModel();

        Assert.Equal(code, Assert.Throws<InvalidInputException>(() => model.Prune(Options(model, (name, value)))).Code);
    }

    [Fact]
    public void A_search_and_an_expression_exclude_each_other()
    {
        using var model = new TestModel();

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(Options(model, ("search", "true"), ("expression", Hidden.ToString()))));

        Assert.Equal("dsa.expression", error.Option);
    }

    [Fact]
    public void By_default_an_expression_that_tells_blocks_apart_is_found_on_the_last_calibration_sequences()
    {
        using var model = new TestModel(NeuronAlRunTests.Shape with { Blocks = 5 }, samples: 8);

        var report = model.Prune(Options(model, ("population", "4"), ("budget", "5"))).Allocation!;

        Assert.Equal(2, (int)report["windows"]!);
        Assert.Equal(5, (int)report["measurements"]!);
        Assert.True(report["ratios"]!.AsArray().Select(ratio => Math.Round((double)ratio!, 3)).Distinct().Count() >= 3);
    }

    [Fact]
    public void A_pattern_is_refused()
    {
        using var model = new TestModel();

        var error = Assert.Throws<InvalidInputException>(() => model.Prune(Options(model) with { Pattern = new NmPattern(2, 4) }));

        Assert.Equal("pattern", error.Option);
    }

    private static PruneOptions Options(TestModel model, params (string Name, string Value)[] settings) => (model.Options with
    {
        Allocation = Named.Allocation("dsa"),
    }).Set(settings.Select(setting => $"dsa.{setting.Name}={setting.Value}"));

    /// <summary>Notes the candidates that are measured; returns how many there were.</summary>
    private static int Remember(HashSet<string> names, PruneProgress value)
    {
        if (value is { Phase: PrunePhase.Allocate, Candidate: { } name })
        {
            names.Add(name);
        }

        return names.Count;
    }

    private static (DsaCandidate Candidate, double Perplexity) Search(DsaOptions options, List<string>? measured = null)
    {
        var search = new DsaSearch(new DsaGenes(options.Seed), expressions => [.. expressions.Select(ToCandidate)], Measure, options.Population, options.Budget);
        return search.Run()!.Value;

        double Measure(DsaCandidate candidate)
        {
            measured?.Add(candidate.Key);
            var found = candidate.Expression;
            return 4
                - (found.Operations.SequenceEqual(Hidden.Operations) ? 1 : found.Operations[0] == Hidden.Operations[0] ? 0.5 : 0)
                - (found.Reduction == Hidden.Reduction ? 1 : 0)
                - (found.Transforms.SequenceEqual(Hidden.Transforms) ? 1 : 0)
                - (found.Width == Hidden.Width ? 1 : 0);
        }
    }

    // Ratios of their own for every expression.
    private static DsaCandidate ToCandidate(DsaExpression expression) =>
        new(expression, [], [.. expression.ToString().Select(c => c / 256.0)]);
}
