using System.Collections.ObjectModel;
using System.Globalization;
using System.Text.Json;
using Sparsum.Core;

namespace Sparsum.Pruning;

/// <summary>
/// How settings are written: names in kebab case, values in the invariant culture, lists with commas, <c>auto</c> for a number or choice
/// that is left to the method and <c>none</c> for a text that is not given.
/// </summary>
public static class SettingText
{
    /// <summary>What stands for a number or choice that is left to the method.</summary>
    public const string Auto = "auto";

    /// <summary>What stands for a text that is not given.</summary>
    public const string None = "none";

    /// <summary>The settings of what has none.</summary>
    public static IReadOnlyDictionary<string, string> Empty { get; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Writes settings, sorted by name.</summary>
    /// <param name="settings">The names of properties with their values.</param>
    public static IReadOnlyDictionary<string, string> Of(params ReadOnlySpan<(string Property, object? Value)> settings)
    {
        var written = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (property, value) in settings)
        {
            written.Add(NameOf(property), Format(value));
        }

        return written;
    }

    /// <summary>The name of a property's setting: <c>ClipHigh</c> is <c>clip-high</c>.</summary>
    public static string NameOf(string property) => JsonNamingPolicy.KebabCaseLower.ConvertName(property);

    /// <summary>A value as it is written.</summary>
    public static string Format(object? value) => value switch
    {
        null => Auto,
        string text => text,
        bool flag => flag ? "true" : "false",
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        Enum choice => NameOf(choice.ToString()),
        IEnumerable<double> list => string.Join(',', list.Select(number => Format(number))),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new ArgumentException($"A setting cannot be of type {value.GetType()}.", nameof(value)),
    };

    /// <summary>Refuses a value.</summary>
    /// <param name="isValid">Whether it may be.</param>
    /// <param name="setting">The setting with its method, as in <c>owl.lambda</c>.</param>
    /// <param name="value">The value.</param>
    /// <param name="expected">What may be.</param>
    /// <exception cref="InvalidInputException">It may not be: <c>invalid-setting</c>.</exception>
    public static void Require(bool isValid, string setting, object? value, string expected)
    {
        if (!isValid)
        {
            throw Invalid(setting, value, expected);
        }
    }

    /// <summary>The error for a value that may not be.</summary>
    /// <inheritdoc cref="Require"/>
    public static InvalidInputException Invalid(string setting, object? value, string expected) =>
        new("invalid-setting", $"The setting '{setting}' cannot be '{Format(value)}'.")
        {
            Option = setting,
            Found = $"{setting}={Format(value)}",
            Expected = expected,
            Hint = "Leave the setting out to use its default.",
        };
}
