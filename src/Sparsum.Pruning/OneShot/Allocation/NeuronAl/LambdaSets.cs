using System.Globalization;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.OneShot.Allocation.NeuronAl;

/// <summary>The values of lambda that a step tries.</summary>
internal static class LambdaSets
{
    /// <summary>The values of the authors' code; their paper lacks 0.04.</summary>
    public const string Default = "0.01,0.02,0.03,0.04,0.05,0.06,0.07,0.08,0.09,0.1,0.12,0.15,0.2,0.25";

    private const double LargestDefault = 0.25;
    private const double DenseEnoughForLargest = 0.8;

    /// <summary>Reads a list.</summary>
    /// <exception cref="InvalidInputException">It is empty or holds something other than numbers from 0 to below 1.</exception>
    public static IReadOnlyList<double> Parse(MethodSettings settings, MethodSetting setting)
    {
        var values = new List<double>();
        foreach (string text in settings.Text(setting).Split(','))
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !(value is >= 0 and < 1))
            {
                throw settings.Invalid(setting, "numbers from 0 to below 1, separated by commas");
            }

            values.Add(value);
        }

        return values;
    }

    /// <summary>
    /// Reads the list of the block step and leaves out what the target does not allow: with the filter every lambda whose sparsest or
    /// densest block would be beyond what the mask can do, since clipping it would miss the target.
    /// </summary>
    /// <exception cref="InvalidInputException">Nothing is left, or the list is malformed.</exception>
    public static IReadOnlyList<double> ForBlocks(MethodSettings settings, MethodSetting setting, PruneOptions options, bool filters)
    {
        double sparsity = options.Target;
        double most = options.Pattern is { } pattern ? (pattern.GroupSize - 1.0) / pattern.GroupSize : 1;
        var given = Parse(settings, setting);
        bool isDefault = settings.Text(setting) == setting.DefaultValue;
        var values = given
            .Where(lambda => !isDefault || lambda != LargestDefault || sparsity < DenseEnoughForLargest)
            .Where(lambda => !filters || (sparsity + lambda <= most && sparsity - lambda >= 0))
            .ToList();
        return values.Count > 0 ? values : throw new InvalidInputException(
            "unreachable-sparsity", "No lambda of the block step can reach the sparsity.")
        {
            File = "--set",
            Found = FormattableString.Invariant($"{setting.Name}={settings.Text(setting)} at a sparsity of {sparsity}"),
            Expected = FormattableString.Invariant($"a lambda up to {Math.Min(sparsity, most - sparsity)}"),
            Hint = $"Give smaller values with --set {setting.Name}=..., or use --allocation uniform.",
        };
    }
}
