using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

// Usage: Sparsum.ReportPicture demo/report.html docs/report.svg [CAPTION ...]
// Takes the summary, and the figures whose captions begin so, from a report as they are, with its colours for light and dark.
string page = File.ReadAllText(args[0]);
string[] wanted = args.Length > 2 ? args[2..] : ["Perplexity against sparsity", "Training loss"];
const int Column = 720;
const int Gap = 24;
var picture = new StringBuilder();
int y = Gap;

var cards = Regex.Matches(page, """<div class="card">\s*<dt>(?<what>.*?)</dt>\s*<dd class="value">(?<value>.*?)</dd>\s*(<dd class="detail">(?<detail>.*?)</dd>)?""", RegexOptions.Singleline);
int width = (wanted.Length * (Column + Gap)) + Gap;
int card = (width - Gap) / Math.Max(1, cards.Count);
foreach (var (i, match) in cards.Index())
{
    int x = Gap + (i * card);
    Line(x, y + 16, "small", match.Groups["what"].Value);
    Line(x, y + 44, "large", match.Groups["value"].Value);
    Line(x, y + 66, "detail", match.Groups["detail"].Value);
}

y += cards.Count == 0 ? 0 : 96;
double tallest = 0;
foreach (var (i, caption) in wanted.Index())
{
    var figure = Regex.Match(page, $"<figure>\\s*<figcaption>(?<caption>{Regex.Escape(caption)}.*?)</figcaption>(?<svg>.*?)</figure>", RegexOptions.Singleline);
    if (!figure.Success)
    {
        Console.Error.WriteLine($"The report has no figure '{caption}'.");
        return 1;
    }

    string svg = figure.Groups["svg"].Value.Trim();
    double[] box = [.. Regex.Match(svg, "viewBox=\"(?<box>[^\"]*)\"").Groups["box"].Value.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    double height = box[3] * Column / box[2];
    int x = Gap + (i * (Column + Gap));
    Line(x, y + 14, "small", figure.Groups["caption"].Value);
    picture.Append(svg.Replace("<svg ", FormattableString.Invariant($"<svg x=\"{x}\" y=\"{y + 24}\" width=\"{Column}\" height=\"{height:0.#}\" "), StringComparison.Ordinal)).Append('\n');
    tallest = Math.Max(tallest, height);
}

int total = y + 24 + (int)tallest + Gap;
string colours = string.Concat(Regex.Matches(page, @":root\s*\{[^}]*\}|@media \(prefers-color-scheme: dark\)\s*\{\s*:root\s*\{[^}]*\}\s*\}").Select(match => match.Value)
    .Where((rule, i) => i < 2));
File.WriteAllText(args[1], $$"""
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{total}}" role="img" font-family="system-ui, sans-serif">
    <title>The report of sparsum demo</title>
    <style>{{colours}} .small { font-size: 14px; fill: var(--ink-2); } .detail { font-size: 12px; fill: var(--ink-2); } .large { font-size: 24px; font-weight: 650; fill: var(--ink); }</style>
    <rect width="{{width}}" height="{{total}}" rx="12" fill="var(--card, #ffffff)"/>
    {{picture}}</svg>

    """);
return 0;

void Line(int x, int baseline, string style, string text) => picture.Append(FormattableString.Invariant(
    $"<text x=\"{x}\" y=\"{baseline}\" class=\"{style}\">{text}</text>\n"));
