using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Sparsum.Core;

namespace Sparsum.Cli.Options;

/// <summary>
/// Options whose values are checked as they are parsed. A value that does not fit is an <see cref="InvalidInputException"/> that names
/// the option, what was found and what belongs there.
/// </summary>
internal static class OptionFactory
{
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    public static Option<string?> Text(string name, string helpName, string description, string? defaultValue = null)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = helpName };
        if (defaultValue is not null)
        {
            option.DefaultValueFactory = _ => defaultValue;
        }

        return option;
    }

    /// <summary>Texts, one for each time that the option is given.</summary>
    public static Option<string[]> Texts(string name, string helpName, string description) => new(name)
    {
        Description = description,
        HelpName = helpName,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    public static Option<string?> Output(string helpName, string description) => new("-o", "--output")
    {
        Description = description,
        HelpName = helpName,
        Required = true,
    };

    public static Option<string> Choice(string name, string description, string defaultValue, params IReadOnlyList<string> values) => new(name)
    {
        Description = description,
        HelpName = string.Join('|', values),
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result => values.Contains(Token(result))
            ? Token(result)
            : throw Invalid(
                name, Token(result), string.Join(", ", values), Suggestion.Nearest(Token(result), values) is { } nearest ? $"Did you mean '{nearest}'?" : null),
    };

    /// <summary>A choice some of whose values have other spellings, which earlier versions had.</summary>
    public static Option<string> Choice(
        string name, string description, string defaultValue, IReadOnlyList<string> values, IReadOnlyDictionary<string, string> aliases)
    {
        var option = Choice(name, description, defaultValue, values);
        var parse = option.CustomParser!;
        option.CustomParser = result => aliases.TryGetValue(Token(result), out string? value) ? value : parse(result);
        return option;
    }

    public static Option<int> Integer(
        string name, string helpName, string description, int defaultValue, int minimum, int maximum = int.MaxValue) => new(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => defaultValue,
            CustomParser = result => ParseInteger(name, Token(result), minimum, maximum),
        };

    public static Option<int?> OptionalInteger(string name, string helpName, string description, int minimum) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result => ParseInteger(name, Token(result), minimum, int.MaxValue),
    };

    public static Option<double?> OptionalNumber(
        string name, string helpName, string description, string expected, Func<double, bool> isValid) => new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result => ParseNumber(name, Token(result), expected, isValid),
        };

    public static Option<double> Number(
        string name, string helpName, string description, double defaultValue, string expected, Func<double, bool> isValid) => new(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => defaultValue,
            CustomParser = result => ParseNumber(name, Token(result), expected, isValid),
        };

    public static InvalidInputException Invalid(string name, string? found, string expected, string? hint = null) =>
        new("invalid-option", $"The value '{found}' does not fit the option {name}.")
        {
            File = name,
            Found = found,
            Expected = expected,
            Hint = hint,
        };

    private static string Token(ArgumentResult result) => result.Tokens[^1].Value;

    private static int ParseInteger(string name, string text, int minimum, int maximum)
    {
        bool isNumber = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value);
        return isNumber && value >= minimum && value <= maximum
            ? value
            : throw Invalid(name, text, maximum == int.MaxValue ? $"a whole number of at least {minimum}" : $"a whole number from {minimum} to {maximum}");
    }

    private static double ParseNumber(string name, string text, string expected, Func<double, bool> isValid)
    {
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value);
        return isNumber && isValid(value) ? value : throw Invalid(name, text, expected);
    }
}
