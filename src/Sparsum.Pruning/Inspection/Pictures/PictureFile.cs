using System.Globalization;
using System.Net;

namespace Sparsum.Pruning.Inspection.Pictures;

/// <summary>Sparsity pictures as files: a bare PNG, or an SVG that carries it with a title and a scale.</summary>
public static class PictureFile
{
    private const int Margin = 40;

    /// <summary>The text of an SVG file. One unit is one pixel of the map.</summary>
    public static string ToSvg(SparsityPicture picture, SparsityMap map)
    {
        var image = map.Draw();
        string title = WebUtility.HtmlEncode(picture.Name);
        string text = WebUtility.HtmlEncode(
            string.Create(CultureInfo.InvariantCulture, $"{map.Rows} × {map.Columns}: {picture.Description}")
            + (map.Scale > 1 ? string.Create(CultureInfo.InvariantCulture, $"; a pixel is {map.Scale} × {map.Scale} weights") : ""));
        int width = Math.Max(image.Width, 7 * Math.Max(title.Length, text.Length)) + (2 * Margin);
        string place = string.Create(CultureInfo.InvariantCulture, $"x=\"{Margin}\" y=\"{Margin}\" width=\"{image.Width}\" height=\"{image.Height}\"");
        string data = Convert.ToBase64String(PngEncoder.Encode(image));
        return string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {image.Height + (2 * Margin)}"
              font-family="system-ui, sans-serif" font-size="12" role="img">
            <title>{title}</title>
            <desc>{text}</desc>
            <text x="{Margin}" y="{Margin - 10}">{title}</text>
            <image {place} style="image-rendering: pixelated" href="data:image/png;base64,{data}"/>
            <rect {place} fill="none" stroke="#5a6372"/>
            <text x="{Margin}" y="{image.Height + Margin + 20}" fill="#5a6372">{text}</text>
            </svg>

            """).ReplaceLineEndings("\n");
    }
}
