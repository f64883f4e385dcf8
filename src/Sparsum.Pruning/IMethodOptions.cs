using Sparsum.Core;

namespace Sparsum.Pruning;

/// <summary>
/// The settings of a method, a refinement, an allocation or a saliency: an immutable record whose properties are the settings, with their
/// defaults. Whoever takes one checks it.
/// </summary>
public interface IMethodOptions
{
    /// <summary>Checks every value.</summary>
    /// <exception cref="InvalidInputException">A value is out of range, or two do not go together; the error names the setting.</exception>
    void Validate();

    /// <summary>Every setting, defaults included, as <see cref="SettingText"/> writes it: what records and keys of runs hold.</summary>
    IReadOnlyDictionary<string, string> ToSettings();
}
