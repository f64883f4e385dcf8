using System.Globalization;
using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>The given settings over the defaults of those who declare them.</summary>
/// <param name="given">Values by name, as given with <c>--set</c>.</param>
public sealed class MethodSettings(IReadOnlyDictionary<string, string> given)
{
    /// <summary>The text of a setting: what was given, or its default.</summary>
    public string Text(MethodSetting setting) => given.GetValueOrDefault(setting.Name, setting.DefaultValue);

    /// <summary>A number within bounds, both of which are allowed.</summary>
    /// <exception cref="InvalidInputException">The text is no such number.</exception>
    public double Number(MethodSetting setting, double least = double.NegativeInfinity, double most = double.PositiveInfinity) =>
        double.TryParse(Text(setting), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most
            ? value
            : throw Invalid(setting, FormattableString.Invariant($"a number from {least} to {most}"));

    /// <summary>A whole number within bounds, both of which are allowed.</summary>
    /// <exception cref="InvalidInputException">The text is no such number.</exception>
    public int Integer(MethodSetting setting, int least = int.MinValue, int most = int.MaxValue) =>
        int.TryParse(Text(setting), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value
            : throw Invalid(setting, FormattableString.Invariant($"a whole number from {least} to {most}"));

    /// <summary><c>true</c> or <c>false</c>.</summary>
    /// <exception cref="InvalidInputException">The text is neither.</exception>
    public bool Flag(MethodSetting setting) => bool.TryParse(Text(setting), out bool value) ? value : throw Invalid(setting, "true or false");

    /// <summary>One of the names of an enumeration, with or without hyphens between words, whatever the case.</summary>
    /// <exception cref="InvalidInputException">The text is none of them.</exception>
    public T Choice<T>(MethodSetting setting)
        where T : struct, Enum =>
        Enum.TryParse(Text(setting).Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out T value) && Enum.IsDefined(value)
            ? value
            : throw Invalid(setting, string.Join(" or ", Enum.GetNames<T>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)));

    /// <summary>The error for a value that a method cannot use.</summary>
    public InvalidInputException Invalid(MethodSetting setting, string expected) =>
        new("invalid-setting", $"The setting '{setting.Name}' cannot be '{Text(setting)}'.")
        {
            File = "--set",
            Found = $"{setting.Name}={Text(setting)}",
            Expected = expected,
            Hint = "See --help-methods.",
        };
}
