namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>A setting of one method, given as <c>--set method.setting=value</c>.</summary>
/// <param name="Name"><c>method.setting</c>, e.g. <c>owl.lambda</c>.</param>
/// <param name="DefaultValue">Its value where none is given, as it would be written.</param>
/// <param name="Description">One line for help texts.</param>
public sealed record MethodSetting(string Name, string DefaultValue, string Description);
