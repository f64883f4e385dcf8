using System.ComponentModel;

namespace Sparsum.Pruning.OneShot.Allocation.Dsa;

/// <summary>The settings of <see cref="DsaAllocation"/>.</summary>
public sealed record DsaOptions : IMethodOptions
{
    /// <summary>The published code: the expression found for LLaMA-1-7B, and no search.</summary>
    public static DsaOptions Published { get; } = new() { Expression = DsaExpression.Published, Search = false };

    /// <summary>What gives a block its importance: <c>W:(operations)-(reduction)-(functions)-(100 λ)</c>; null for none, so that one is searched for.</summary>
    [Description("what gives a block its importance: W:(operations)-(reduction)-(functions)-(100 lambda); without one, one is searched for")]
    public string? Expression { get; init; }

    /// <summary>Half the width of the range of ratios, from 0 to 1; null takes it from the expression.</summary>
    [Description("half the width of the range of ratios; auto takes it from the expression")]
    public double? Lambda { get; init; }

    /// <summary>
    /// Whether the expression is searched for; null for yes if none is given and the model predicts the next token. Without both, the expression
    /// is the published one.
    /// </summary>
    [Description("search for the expression; auto does so where none is given and the model is a language model")]
    public bool? Search { get; init; }

    /// <summary>Text, or ready ids, that the search measures pruned models on; null for the last quarter of the calibration sequences.</summary>
    [Description("text that the search measures pruned models on; none is the last quarter of the calibration sequences")]
    public string? Fitness { get; init; }

    /// <summary>Windows of that text, as long as calibration sequences; of these at most as many.</summary>
    [Description("windows of that text, as long as calibration sequences")]
    public int Windows { get; init; } = 16;

    /// <summary>Expressions of one generation.</summary>
    [Description("expressions of one generation")]
    public int Population { get; init; } = 20;

    /// <summary>Pruned models that the search measures at most.</summary>
    [Description("pruned models that the search measures at most")]
    public int Budget { get; init; } = 40;

    /// <summary>Seed of the search.</summary>
    [Description("seed of the search")]
    public int Seed { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
        SettingText.Require(
            Expression is null || DsaExpression.Parse(Expression) is not null,
            "dsa.expression",
            Expression,
            $"W:(operations)-(reduction)-(functions)-(width) with operations {string.Join(", ", DsaOperation.Names)}; "
            + $"a reduction {string.Join(", ", DsaReduction.Names)}; functions {string.Join(", ", DsaTransform.Names)}");
        SettingText.Require(Lambda is not { } lambda || lambda is >= 0 and <= 1, "dsa.lambda", Lambda, "a number from 0 to 1");
        SettingText.Require(Windows >= 1, "dsa.windows", Windows, "a whole number of at least 1");
        SettingText.Require(Population >= 3, "dsa.population", Population, "a whole number of at least 3");
        SettingText.Require(Budget >= 1, "dsa.budget", Budget, "a whole number of at least 1");
        SettingText.Require(
            Search != true || Expression is null, "dsa.expression", Expression, $"{SettingText.None}, since dsa.search is true and finds one");
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of(
        (nameof(Expression), Expression ?? SettingText.None),
        (nameof(Lambda), Lambda),
        (nameof(Search), Search),
        (nameof(Fitness), Fitness ?? SettingText.None),
        (nameof(Windows), Windows),
        (nameof(Population), Population),
        (nameof(Budget), Budget),
        (nameof(Seed), Seed));
}
