using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>Settings whose default depends on the run.</summary>
internal static class SettingExtensions
{
    private const string Auto = "auto";

    /// <summary>A number of at least 0, or what <c>auto</c> stands for.</summary>
    public static double NumberOrAuto(this MethodSettings settings, MethodSetting setting, double auto) =>
        settings.Text(setting) == Auto ? auto : settings.Number(setting, 0, double.MaxValue);

    /// <summary>A choice, or what <c>auto</c> stands for.</summary>
    public static T ChoiceOrAuto<T>(this MethodSettings settings, MethodSetting setting, T auto)
        where T : struct, Enum => settings.Text(setting) == Auto ? auto : settings.Choice<T>(setting);
}
