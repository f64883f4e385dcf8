using System.CommandLine;

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
}
