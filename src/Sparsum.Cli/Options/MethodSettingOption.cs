using System.CommandLine;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Cli.Options;

/// <summary>The option <c>--set method.setting=value</c>.</summary>
internal static class MethodSettingOption
{
    /// <summary>The option's name.</summary>
    public const string Name = "--set";

    public static Option<string[]> Create() => new(Name)
    {
        Description = "A setting of one method; repeat it for more. --help-methods lists them.",
        HelpName = "METHOD.SETTING=VALUE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    /// <summary>Splits and checks the given settings.</summary>
    /// <param name="given">What the command line says.</param>
    /// <param name="known">The settings there are.</param>
    /// <param name="verb">The verb that lists them.</param>
    public static SortedDictionary<string, string> Parse(IEnumerable<string> given, IReadOnlyList<MethodSetting> known, string verb)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string text in given)
        {
            int equals = text.IndexOf('=');
            string name = equals < 0 ? text : text[..equals];
            if (equals < 0 || name.Split('.') is not [{ Length: > 0 }, { Length: > 0 }])
            {
                throw OptionFactory.Invalid(Name, text, "METHOD.SETTING=VALUE", $"See 'sparsum {verb} --help-methods'.");
            }

            if (known.All(setting => setting.Name != name))
            {
                throw new InvalidInputException("unknown-setting", $"No method has a setting '{name}'.")
                {
                    File = Name,
                    Found = name,
                    Expected = known.Count == 0 ? "none: the methods have no settings" : string.Join(", ", known.Select(setting => setting.Name)),
                    Hint = $"See 'sparsum {verb} --help-methods'.",
                };
            }

            values[name] = text[(equals + 1)..];
        }

        return values;
    }
}
