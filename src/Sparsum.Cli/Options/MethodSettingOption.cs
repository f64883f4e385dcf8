using System.CommandLine;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Methods;
using Sparsum.Transformers.Errors;

namespace Sparsum.Cli.Options;

/// <summary>The option <c>--set method.setting=value</c>.</summary>
internal static class MethodSettingOption
{
    private const string Name = "--set";

    /// <summary>The settings of every pruning method and allocation.</summary>
    public static IReadOnlyList<MethodSetting> All { get; } =
    [
        .. PruningMethods.All.SelectMany(method => method.Settings),
        .. Allocations.All.SelectMany(allocation => allocation.Settings),
    ];

    public static Option<string[]> Create() => new(Name)
    {
        Description = "A setting of one method; repeat it for more. --help-methods lists them.",
        HelpName = "METHOD.SETTING=VALUE",
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    /// <summary>Splits and checks the given settings.</summary>
    public static IReadOnlyDictionary<string, string> Parse(IEnumerable<string> given)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string text in given)
        {
            int equals = text.IndexOf('=');
            string name = equals < 0 ? text : text[..equals];
            if (equals < 0 || name.Split('.') is not [{ Length: > 0 }, { Length: > 0 }])
            {
                throw OptionFactory.Invalid(Name, text, "METHOD.SETTING=VALUE", "See 'sparsum prune --help-methods'.");
            }

            if (All.All(setting => setting.Name != name))
            {
                throw new InvalidInputException("unknown-setting", $"No method has a setting '{name}'.")
                {
                    File = Name,
                    Found = name,
                    Expected = All.Count == 0 ? "none: the methods have no settings" : string.Join(", ", All.Select(setting => setting.Name)),
                    Hint = "See 'sparsum prune --help-methods'.",
                };
            }

            values[name] = text[(equals + 1)..];
        }

        return values;
    }
}
