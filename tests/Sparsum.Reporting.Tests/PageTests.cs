using System.Text.Json;
using Microsoft.Playwright;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Reporting.Tests;

/// <summary>The page as a browser shows it.</summary>
public sealed class PageTests : IDisposable
{
    private const string Script = """
        (() => {
          const rgb = text => (text.match(/[\d.]+/g) || []).map(Number);
          const light = ([r, g, b]) => [r, g, b].map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((s, c, i) => s + c * [0.2126, 0.7152, 0.0722][i], 0);
          const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
          const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length >= 3 && c[3] !== 0) return c; } return [255, 255, 255]; };
          const texts = [...document.querySelectorAll('body *')].filter(e => !e.closest('title, desc') && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && e.getClientRects().length);
          const bad = [];
          let smallest = 99, least = 99;
          for (const e of texts) {
            const style = getComputedStyle(e), svg = e.closest('svg');
            const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
            smallest = Math.min(smallest, parseFloat(style.fontSize) * scale);
            const cell = svg && e.parentElement.querySelector(':scope > rect');
            const contrast = ratio(rgb(svg ? style.fill : style.color), cell && e.parentElement.localName === 'g' ? rgb(getComputedStyle(cell).fill) : ground(svg ? svg.parentElement : e));
            least = Math.min(least, contrast);
          }
          for (const svg of document.querySelectorAll('svg')) {
            const frame = svg.getBoundingClientRect();
            if (!frame.width) continue;
            const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
            boxes.forEach(([text, b], i) => {
              if (b.left < frame.left - 1 || b.right > frame.right + 1 || b.top < frame.top - 1 || b.bottom > frame.bottom + 1) bad.push('cut: ' + text);
              for (const [other, o] of boxes.slice(i + 1)) if (b.left + 1 < o.right && o.left + 1 < b.right && b.top + 3 < o.bottom && o.top + 3 < b.bottom) bad.push('over: ' + text + ' / ' + other);
            });
          }
          const links = [...document.querySelectorAll('nav a')].map(a => !!document.querySelector(a.getAttribute('href')));
          const row = [...document.querySelectorAll('#models tr')].find(r => r.querySelector('th').textContent === 'sparse70');
          return { overflow: document.documentElement.scrollWidth - innerWidth, smallest, least, bad, links, row: [...row.querySelectorAll('td')].map(td => [...td.querySelectorAll('span')].map(s => s.textContent).join('|')) };
        })()
        """;

    /// <summary>For a machine that reaches nothing, and containers that run as root.</summary>
    private static readonly string[] Flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [ChromiumTheory]
    [InlineData(390, "light")]
    [InlineData(390, "dark")]
    [InlineData(1440, "light")]
    [InlineData(1440, "dark")]
    public async Task The_page_is_readable_and_says_what_the_records_say(int width, string scheme)
    {
        HtmlReport.Write(folder["page.html"], Records.Story());
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = ChromiumTheoryAttribute.ExecutablePath, Args = Flags });
        var window = await browser.NewPageAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            ColorScheme = scheme == "dark" ? ColorScheme.Dark : ColorScheme.Light,
        });
        await window.GotoAsync(new Uri(folder["page.html"]).AbsoluteUri);
        var page = await window.EvaluateAsync<JsonElement>(Script);

        Assert.True(page.GetProperty("overflow").GetInt32() <= 0, $"{page.GetProperty("overflow")} pixels too wide");
        Assert.InRange(page.GetProperty("smallest").GetDouble(), 10, 40);
        Assert.InRange(page.GetProperty("least").GetDouble(), 4.5, 21);
        Assert.Equal([], page.GetProperty("bad").EnumerateArray().Select(fault => fault.GetString()));
        Assert.NotEmpty(page.GetProperty("links").EnumerateArray());
        Assert.All(page.GetProperty("links").EnumerateArray(), link => Assert.Equal(JsonValueKind.True, link.ValueKind));
        Assert.Equal(
            ["wanda · uniform", "70.0\u00A0%", "402.5", "5.8\u00A0MB", "22.25|22.00 – 23.50|1.86× (1.75× – 1.98×)", "3.551|3.500 – 3.625|0.88× (0.86× – 0.91×)", "150.0\u00A0MB"],
            page.GetProperty("row").EnumerateArray().Select(cell => cell.GetString()!));
    }
}
