using System.Reflection;
using Sparsum.Cli.Options;
using Sparsum.Core;
using Sparsum.Pruning;

namespace Sparsum.Cli.Methods;

/// <summary>The settings of a command line, bound onto the records of the methods that a run uses.</summary>
internal sealed class GivenSettings
{
    private readonly IReadOnlyList<MethodEntry> known;
    private readonly string verb;
    private readonly List<(MethodProperty Property, string Value, string Source)> given = [];

    /// <summary>Reads <c>METHOD.SETTING=VALUE</c>.</summary>
    /// <param name="texts">What <c>--set</c> was given.</param>
    /// <param name="known">Every method of the verb.</param>
    /// <param name="verb">The verb, which lists them.</param>
    /// <exception cref="InvalidInputException">A text is no setting, names none, or contradicts another.</exception>
    public GivenSettings(IEnumerable<string> texts, IReadOnlyList<MethodEntry> known, string verb)
    {
        this.known = known;
        this.verb = verb;
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=');
            string name = equals < 0 ? text : text[..equals];
            if (equals < 0 || name.Split('.') is not [{ Length: > 0 }, { Length: > 0 }])
            {
                throw OptionFactory.Invalid(MethodSettingOption.Name, text, "METHOD.SETTING=VALUE", $"See 'sparsum {verb} --help-methods'.");
            }

            Add(name, text[(equals + 1)..], MethodSettingOption.Name);
        }
    }

    /// <summary>Adds a setting, which may have an option of its own.</summary>
    /// <param name="name">The setting.</param>
    /// <param name="value">Its value.</param>
    /// <param name="source">The option that gave it.</param>
    /// <exception cref="InvalidInputException">There is no such setting, or it has another value already.</exception>
    public void Add(string name, string value, string source)
    {
        var property = known.SelectMany(entry => entry.Properties).FirstOrDefault(property => property.IsCalled(name)) ?? throw Unknown(name);
        var earlier = given.Find(entry => entry.Property.Name == property.Name);
        if (earlier.Property is not null && (earlier.Value != value || earlier.Source != source))
        {
            throw new InvalidInputException("conflicting-options", $"The setting '{property.Name}' is given twice.")
            {
                File = source,
                Found = $"{earlier.Value} and {value}",
                Hint = "Leave out one of the two.",
            };
        }

        given.Add((property, value, source));
    }

    /// <summary>Refuses settings of methods that a run does not use.</summary>
    /// <param name="used">Those that it uses.</param>
    /// <exception cref="InvalidInputException">There are such settings: <c>unused-option</c>.</exception>
    public void RequireUsed(IEnumerable<MethodEntry> used)
    {
        var names = used.Select(entry => entry.Name).ToHashSet();
        if (given.Find(entry => !names.Contains(entry.Property.Entry.Name)) is { Property: { } property, Source: { } source })
        {
            throw new InvalidInputException("unused-option", $"The setting '{property.Name}' would have no effect: {property.Entry.Name} is not in use.")
            {
                File = source,
                Found = $"{property.Name} with {string.Join(", ", names)}",
                Hint = $"Leave it out, or choose {property.Entry.Name}.",
            };
        }
    }

    /// <summary>The record of one method: its defaults, or those of its published code, and over them what was given.</summary>
    /// <exception cref="InvalidInputException">A value is none of its setting.</exception>
    public IMethodOptions? Bind(MethodEntry entry, bool asPublished = false)
    {
        if ((asPublished ? entry.Published : entry.Defaults) is not { } start)
        {
            return null;
        }

        // What every record has for its with-expressions.
        var options = (IMethodOptions)start.GetType().GetMethod("<Clone>$", BindingFlags.Public | BindingFlags.Instance)!.Invoke(start, null)!;
        foreach (var (property, value, _) in given.Where(entryOf => entryOf.Property.Entry.Name == entry.Name))
        {
            property.Set(options, value);
        }

        return options;
    }

    private InvalidInputException Unknown(string name)
    {
        string method = name.Split('.')[0];
        string[] all = [.. known.SelectMany(entry => entry.Properties).Select(property => property.Name)];
        string[] own = [.. all.Where(setting => setting.StartsWith(method + ".", StringComparison.OrdinalIgnoreCase))];
        string? nearest = Suggestion.Nearest(name, all);
        return new InvalidInputException("unknown-setting", $"No method has a setting '{name}'.")
        {
            File = MethodSettingOption.Name,
            Found = name,
            Expected = all.Length == 0 ? "none: the methods have no settings" : string.Join(", ", own.Length > 0 ? own : all),
            Hint = nearest is null ? $"See 'sparsum {verb} --help-methods'." : $"Did you mean '{nearest}'?",
        };
    }
}
