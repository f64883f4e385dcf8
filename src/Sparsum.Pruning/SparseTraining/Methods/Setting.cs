using System.Globalization;
using System.Text.Json;
using Sparsum.Pruning.OneShot.Methods;

namespace Sparsum.Pruning.SparseTraining.Methods;

/// <summary>Declares settings with their defaults as they would be written.</summary>
internal static class Setting
{
    public static MethodSetting Of(string method, string name, object defaultValue, string description) => new(
        $"{method}.{name}",
        defaultValue switch
        {
            bool flag => flag ? "true" : "false",
            Enum choice => JsonNamingPolicy.CamelCase.ConvertName(choice.ToString()),
            double number => number.ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant(),
            _ => Convert.ToString(defaultValue, CultureInfo.InvariantCulture)!,
        },
        description);
}
