using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Sparsum.Cli.Options;
using Sparsum.Core;
using Sparsum.Pruning;

namespace Sparsum.Cli.Methods;

/// <summary>One setting of a method: a property of its record of options.</summary>
/// <param name="entry">The method.</param>
/// <param name="property">The property.</param>
internal sealed class MethodProperty(MethodEntry entry, PropertyInfo property)
{
    private readonly Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    /// <summary>As users write it, <c>owl.clip-high</c>.</summary>
    public string Name { get; } = $"{entry.Name}.{SettingText.NameOf(property.Name)}";

    /// <summary>The method that it belongs to.</summary>
    public MethodEntry Entry => entry;

    /// <summary>One line for help texts.</summary>
    public string Description => property.GetCustomAttribute<DescriptionAttribute>()!.Description;

    /// <summary>The default as it would be written.</summary>
    public string Default => SettingText.Format(property.GetValue(entry.Defaults) ?? (type == typeof(string) ? SettingText.None : null));

    private bool IsOptional => Nullable.GetUnderlyingType(property.PropertyType) is not null
        || (type == typeof(string) && new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable);

    /// <summary>Whether a text names it: case and hyphens do not matter.</summary>
    public bool IsCalled(string name) => Plain(name) == Plain(Name);

    /// <summary>Sets it in a record that is nobody else's.</summary>
    /// <exception cref="InvalidInputException">The text is no value of its type.</exception>
    public void Set(IMethodOptions options, string text) => property.SetValue(options, Parse(text));

    private static string Plain(string name) => name.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    private object? Parse(string text)
    {
        if (IsOptional && (type == typeof(string) ? text is "" or SettingText.None : text == SettingText.Auto))
        {
            return null;
        }

        return type switch
        {
            _ when type == typeof(string) => text,
            _ when type == typeof(bool) => bool.TryParse(text, out bool flag) ? flag : throw Invalid(text, "true or false"),
            _ when type == typeof(double) => TryNumber(text, out double number) ? number : throw Invalid(text, "a number"),
            _ when type == typeof(int) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                ? number : throw Invalid(text, "a whole number"),
            _ when type == typeof(long) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                ? number : throw Invalid(text, "a whole number"),
            _ when type == typeof(IReadOnlyList<double>) => ParseList(text),
            { IsEnum: true } => ParseChoice(text),
            _ => throw new NotSupportedException($"Settings of type {type} cannot be given on the command line."),
        };
    }

    private double[] ParseList(string text) =>
        [.. text.Split(',').Select(part => TryNumber(part, out double number) ? number : throw Invalid(text, "numbers, separated by commas"))];

    private object ParseChoice(string text)
    {
        string[] names = Enum.GetNames(type);
        string? name = Array.Find(names, name => Plain(name) == Plain(text));
        return name is not null ? Enum.Parse(type, name) : throw Invalid(text, string.Join(" or ", names.Select(SettingText.NameOf)));
    }

    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    private InvalidInputException Invalid(string text, string expected)
    {
        string[] choices = type.IsEnum ? [.. Enum.GetNames(type).Select(SettingText.NameOf)] : type == typeof(bool) ? ["true", "false"] : [];
        string? nearest = Suggestion.Nearest(text, choices);
        return new InvalidInputException("invalid-setting", $"The setting '{Name}' cannot be '{text}'.")
        {
            File = MethodSettingOption.Name,
            Found = $"{Name}={text}",
            Expected = IsOptional ? $"{expected}, or {(type == typeof(string) ? SettingText.None : SettingText.Auto)}" : expected,
            Hint = nearest is null ? "See --help-methods." : $"Did you mean '{Name}={nearest}'?",
        };
    }
}
