namespace Sparsum.Cli.Options;

/// <summary>A setting of one method, given as <c>--set method.setting=value</c>.</summary>
internal sealed record MethodSetting(string Name, string DefaultValue, string Description);
