using System.ComponentModel;

namespace Sparsum.Pruning.OneShot.Allocation.Search;

/// <summary>The settings of <see cref="SearchAllocation"/>.</summary>
public sealed record SearchOptions : IMethodOptions
{
    /// <summary>What can be a candidate.</summary>
    internal static readonly string[] KnownCandidates = ["uniform", "owl", "alphapruning", "neuronal", "progression"];

    /// <summary>What has a level of its own.</summary>
    [Description("what has a level of its own: layer or block")]
    public SearchGranularity Granularity { get; init; } = SearchGranularity.Layer;

    /// <summary>One level, as a share of weights; a pattern's levels are its numbers of pruned weights.</summary>
    [Description("one level, as a share of weights; a pattern's levels are its numbers of pruned weights")]
    public double Step { get; init; } = 0.025;

    /// <summary>How far from the target a part may go.</summary>
    [Description("how far from the target a part may go")]
    public double Reach { get; init; } = 0.25;

    /// <summary>Calibration sequences that are used in all, the first.</summary>
    [Description("calibration sequences that are used in all, the first")]
    public int Samples { get; init; } = 16;

    /// <summary>How many of them, the last, the search never sees: all candidates are judged on these in the end.</summary>
    [Description("how many of them, the last, the search never sees: all candidates are judged on these in the end")]
    public int HeldOut { get; init; } = 4;

    /// <summary>The allocations that the result is compared with and the search may begin at, by commas.</summary>
    [Description("allocations that the result is compared with and the search may begin at, by commas")]
    public string Candidates { get; init; } = string.Join(',', KnownCandidates);

    /// <summary>How often, before the descent, the cost of moving each block, each kind of layer and each layer is measured and the allocation solved anew.</summary>
    [Description("how often, before the descent, the cost of moving each block, each kind of layer and each layer is measured and the allocation solved anew")]
    public int Rounds { get; init; }

    /// <summary>Steps by the derivative of the divergence over the levels of all parts at once.</summary>
    [Description("steps by the derivative of the divergence over the levels of all parts at once")]
    public int DescentSteps { get; init; } = 64;

    /// <summary>Levels by which a part of usual cost moves in the first of these steps; it falls to nothing in a line.</summary>
    [Description("levels by which a part of usual cost moves in the first of these steps; it falls to nothing in a line")]
    public double DescentRate { get; init; } = 0.6;

    /// <summary>Generations of random level switches.</summary>
    [Description("generations of random level switches")]
    public int Generations { get; init; } = 8;

    /// <summary>Offspring of a generation.</summary>
    [Description("offspring of a generation")]
    public int Offspring { get; init; } = 8;

    /// <summary>Of these, how many are judged again on more text.</summary>
    [Description("of these, how many are judged again on more text")]
    public int Survivors { get; init; } = 2;

    /// <summary>Tokens of a window.</summary>
    [Description("tokens of a window")]
    public int Window { get; init; } = 512;

    /// <summary>Windows that offspring are first judged on, others in each generation.</summary>
    [Description("windows that offspring are first judged on, others in each generation")]
    public int Windows { get; init; } = 1;

    /// <summary>Windows that survivors are judged on, always the same.</summary>
    [Description("windows that survivors are judged on, always the same")]
    public int SurvivorWindows { get; init; } = 4;

    /// <summary>
    /// What is tried in the end to let the rows of each layer differ, as NeuronAl does: half the width of the range of ratios. Rows that are alike,
    /// 0, are always among it, and 0 alone leaves them so; so do methods, patterns and granularities whose rows have no ratios of their own.
    /// </summary>
    [Description("lambdas of NeuronAl's row step that are tried on what the search found, by commas; 0 leaves rows alike")]
    public IReadOnlyList<double> RowLambdas { get; init; } = [0, 0.03, 0.06, 0.1, 0.15];

    /// <summary>Seed of the switches.</summary>
    [Description("seed of the switches")]
    public int Seed { get; init; }

    /// <summary>The candidates by name.</summary>
    internal IReadOnlyList<string> CandidateNames =>
        [.. Candidates.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()];

    /// <summary>The lambdas that let rows differ.</summary>
    internal IReadOnlyList<double> UnlikeRows => [.. RowLambdas.Where(lambda => lambda > 0).Distinct()];

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(Step is > 0 and < 1, "search.step", Step, "a number above 0 and below 1");
        SettingText.Require(Reach >= Step && Reach < 1 && Reach / Step < 100, "search.reach", Reach, "a number of at least search.step and less than 100 times it, below 1");
        SettingText.Require(HeldOut >= 1, "search.held-out", HeldOut, "a whole number of at least 1");
        SettingText.Require(Samples > HeldOut, "search.samples", Samples, "a whole number above search.held-out");
        SettingText.Require(
            CandidateNames.Contains("uniform") && CandidateNames.All(KnownCandidates.Contains),
            "search.candidates",
            Candidates,
            $"uniform and any of {string.Join(", ", KnownCandidates.Skip(1))}, separated by commas");
        SettingText.Require(Rounds >= 0, "search.rounds", Rounds, "a whole number of at least 0");
        SettingText.Require(DescentSteps >= 0, "search.descent-steps", DescentSteps, "a whole number of at least 0");
        SettingText.Require(DescentRate is > 0 and <= 10, "search.descent-rate", DescentRate, "a number above 0, at most 10");
        SettingText.Require(Generations >= 0, "search.generations", Generations, "a whole number of at least 0");
        SettingText.Require(Offspring >= 1, "search.offspring", Offspring, "a whole number of at least 1");
        SettingText.Require(Survivors >= 1 && Survivors <= Offspring, "search.survivors", Survivors, "a whole number from 1 to search.offspring");
        SettingText.Require(Window >= 2, "search.window", Window, "a whole number of at least 2");
        SettingText.Require(Windows >= 1, "search.windows", Windows, "a whole number of at least 1");
        SettingText.Require(SurvivorWindows >= 1, "search.survivor-windows", SurvivorWindows, "a whole number of at least 1");
        SettingText.Require(
            RowLambdas.Count > 0 && RowLambdas.All(lambda => lambda is >= 0 and < 1),
            "search.row-lambdas",
            RowLambdas,
            "numbers from 0 to below 1, separated by commas");
        SettingText.Require(Seed >= 0, "search.seed", Seed, "a whole number of at least 0");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of(
        (nameof(Granularity), Granularity),
        (nameof(Step), Step),
        (nameof(Reach), Reach),
        (nameof(Samples), Samples),
        (nameof(HeldOut), HeldOut),
        (nameof(Candidates), string.Join(',', CandidateNames)),
        (nameof(Rounds), Rounds),
        (nameof(DescentSteps), DescentSteps),
        (nameof(DescentRate), DescentRate),
        (nameof(Generations), Generations),
        (nameof(Offspring), Offspring),
        (nameof(Survivors), Survivors),
        (nameof(Window), Window),
        (nameof(Windows), Windows),
        (nameof(SurvivorWindows), SurvivorWindows),
        (nameof(RowLambdas), RowLambdas),
        (nameof(Seed), Seed));
}

/// <summary>What has a level of its own in a search.</summary>
public enum SearchGranularity
{
    /// <summary>Each matrix.</summary>
    Layer,

    /// <summary>Each block: its matrices share one ratio.</summary>
    Block,
}
