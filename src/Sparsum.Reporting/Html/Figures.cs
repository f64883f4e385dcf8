using System.Globalization;

namespace Sparsum.Reporting.Html;

/// <summary>Numbers as text for people: the same on every machine, few digits, units attached.</summary>
internal static class Figures
{
    /// <summary>What stands for a figure that a reader looks for and no record has.</summary>
    public const string NotMeasured = "not measured";

    private const string Missing = "–";

    /// <summary>About four significant digits: 3.694, 97.21, 1234, 1.23e6.</summary>
    public static string Number(double? value) => value switch
    {
        null => Missing,
        { } x when !double.IsFinite(x) => x.ToString(CultureInfo.InvariantCulture),
        0 => "0",
        { } x when Math.Abs(x) is >= 1e5 or < 1e-3 => x.ToString("0.##e0", CultureInfo.InvariantCulture),
        { } x when Math.Abs(x) >= 1000 => x.ToString("0", CultureInfo.InvariantCulture),
        { } x when Math.Abs(x) >= 100 => x.ToString("0.0", CultureInfo.InvariantCulture),
        { } x when Math.Abs(x) >= 10 => x.ToString("0.00", CultureInfo.InvariantCulture),
        { } x => x.ToString("0.000", CultureInfo.InvariantCulture),
    };

    /// <summary>A short axis label: trailing zeros are left out.</summary>
    public static string Tick(double value) => Math.Abs(value) is >= 1e5 or (< 1e-3 and > 0)
        ? value.ToString("0.##e0", CultureInfo.InvariantCulture)
        : value.ToString("0.####", CultureInfo.InvariantCulture);

    /// <summary>A share as a percentage; the sign stays on the line of its number.</summary>
    public static string Percent(double? share) =>
        share is { } x ? (x * 100).ToString("0.0", CultureInfo.InvariantCulture) + "\u00A0%" : Missing;

    /// <summary>A count with thin groups of three digits.</summary>
    public static string Count(long? count) => count is { } x ? x.ToString("#,0", Grouped) : Missing;

    /// <summary>Bytes in decimal units.</summary>
    public static string Bytes(long? bytes)
    {
        if (bytes is not { } count)
        {
            return Missing;
        }

        string[] units = ["B", "kB", "MB", "GB", "TB"];
        double value = count;
        int unit = 0;
        while (Math.Abs(value) >= 1000 && unit < units.Length - 1)
        {
            value /= 1000;
            unit++;
        }

        return value.ToString(unit == 0 ? "0" : "0.0", CultureInfo.InvariantCulture) + "\u00A0" + units[unit];
    }

    /// <summary>How many times faster.</summary>
    public static string Ratio(double? ratio) => ratio is { } x ? x.ToString("0.00", CultureInfo.InvariantCulture) + "×" : Missing;

    /// <summary>A coordinate: two decimals at most, which keeps drawings small and their bytes stable.</summary>
    public static string Coordinate(double value) => Math.Round(value, 2).ToString("0.##", CultureInfo.InvariantCulture);

    private static NumberFormatInfo Grouped { get; } = new() { NumberGroupSeparator = "\u202F" };
}
