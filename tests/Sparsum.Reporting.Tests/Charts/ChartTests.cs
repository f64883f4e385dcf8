using System.Globalization;
using System.Xml.Linq;
using Sparsum.Reporting.Charts;
using Xunit;

namespace Sparsum.Reporting.Tests.Charts;

public sealed class ChartTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void LinesLieWhereTheirValuesAre()
    {
        var chart = Line([(0, 10), (0.5, 20), (1, 40)]);
        var points = Points(chart);

        // Equal steps to the right; upward 10 is half of 20.
        Assert.Equal(points[1].X - points[0].X, points[2].X - points[1].X, 0.02);
        Assert.Equal(2 * (points[0].Y - points[1].Y), points[1].Y - points[2].Y, 0.04);
    }

    [Fact]
    public void EqualRatiosAreEqualDistancesOnALogarithmicAxis()
    {
        var points = Points(Line([(0, 10), (0.5, 20), (1, 40)]) with { IsLogarithmic = true });
        Assert.Equal(points[0].Y - points[1].Y, points[1].Y - points[2].Y, 0.04);
        Assert.True(points[0].Y > points[2].Y);
    }

    [Fact]
    public void PointsThatCannotBeDrawnAreLeftOut()
    {
        var chart = Line([(0, 10), (0.2, double.NaN), (0.4, double.PositiveInfinity), (0.6, -1), (0.8, 0), (1, 20)]);
        Assert.Equal(4, Points(chart).Count);
        Assert.Equal(2, Points(chart with { IsLogarithmic = true }).Count);
        XDocument.Parse(Line([]).ToSvg());
        XDocument.Parse((Line([(1, 5)]) with { IsLogarithmic = true }).ToSvg());
        XDocument.Parse(Line([(1, 0)]).ToSvg());
    }

    [Fact]
    public void SeriesDifferInShapeAndHaveALegend()
    {
        var chart = new LineChart
        {
            Title = "t",
            XLabel = "x",
            YLabel = "y",
            Series = [.. Enumerable.Range(0, 4).Select(i => new ChartSeries($"series {i}", [(0, i), (1, i + 1)]))],
        };
        var svg = XDocument.Parse(chart.ToSvg()).Root!;
        Assert.Equal(3, svg.Elements(Svg + "circle").Count());
        Assert.Equal(9, svg.Elements(Svg + "polygon").Count());
        Assert.Contains(svg.Elements(Svg + "text"), text => text.Value == "series 3");
    }

    [Theory]
    [InlineData(0, 10, false, "0 2 4 6 8 10")]
    [InlineData(0.31, 0.69, false, "0.3 0.4 0.5 0.6 0.7")]
    [InlineData(-3, 7, false, "-4 -2 0 2 4 6 8")]
    [InlineData(97, 2140, true, "50 100 200 500 1000 2000 5000")]
    [InlineData(3, 90000, true, "1 10 100 1000 10000 100000")]
    [InlineData(20, 20, true, "10 20 50")]
    public void TicksAreRoundAndCoverTheValues(double low, double high, bool isLogarithmic, string expected)
    {
        var axis = new Axis([low, high], isLogarithmic, 0, 100);
        Assert.Equal(expected, string.Join(' ', axis.Ticks.Select(tick => tick.ToString("0.######", CultureInfo.InvariantCulture))));
        Assert.InRange(axis.Map(low), 0, 100);
        Assert.InRange(axis.Map(high), 0, 100);
    }

    [Fact]
    public void TicksOfPlacesAreWhole() => Assert.Equal([0, 1], new Axis([0, 1], false, 0, 100, isWhole: true).Ticks);

    [Fact]
    public void BarsAreAsLongAsTheirValues()
    {
        var chart = new BarChart { Title = "t", Bars = [("a", 10, "ten"), ("b", 5, "five"), ("c", double.NaN, "none"), ("d", -1, "less")] };
        var widths = XDocument.Parse(chart.ToSvg()).Descendants(Svg + "rect").Select(rect => Number(rect, "width")).ToList();
        Assert.Equal(widths[0], 2 * widths[1], 0.02);
        Assert.Equal([0, 0], widths[2..]);
    }

    [Fact]
    public void HeatMapCellsAreDarkerWithMoreAndEmptyWithout()
    {
        var map = new HeatMap { Title = "t", Rows = ["r0", "r1"], Columns = ["a", "b"], Values = [[0, 1], [null, 0.5]] };
        var svg = XDocument.Parse(map.ToSvg()).Root!;
        var cells = svg.Elements(Svg + "g").ToList();
        Assert.Equal(
            ["r0, a: 0.0\u00A0%", "r0, b: 100.0\u00A0%", "r1, b: 50.0\u00A0%"],
            cells.Select(cell => cell.Element(Svg + "title")!.Value));
        var fills = cells.Select(cell => cell.Element(Svg + "rect")!.Attribute("fill")!.Value).ToList();
        Assert.Equal(["#deebfa", "#103e8c"], fills[..2]);
        Assert.Equal(["0.0", "100.0", "50.0"], cells.Select(cell => cell.Element(Svg + "text")!.Value));
    }

    [Fact]
    public void BarsHaveTheirNamesAbove()
    {
        string svg = new BarChart { Title = "Size", Bars = [("a<b", 1, "1 B")] }.ToSvg();
        Assert.StartsWith("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 360 44\" role=\"img\"", svg, StringComparison.Ordinal);
        Assert.Contains("<rect x=\"0\" y=\"19\"", svg, StringComparison.Ordinal);
        Assert.Contains("<title>a&lt;b: 1 B</title>", svg, StringComparison.Ordinal);
    }

    private static LineChart Line((double, double)[] points) =>
        new() { Title = "t", XLabel = "x", YLabel = "y", Series = [new ChartSeries("s", points)] };

    private static List<(double X, double Y)> Points(LineChart chart) =>
    [
        .. XDocument.Parse(chart.ToSvg()).Descendants(Svg + "polyline").Single().Attribute("points")!.Value
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(point => point.Split(','))
            .Select(pair => (double.Parse(pair[0], CultureInfo.InvariantCulture), double.Parse(pair[1], CultureInfo.InvariantCulture))),
    ];

    private static double Number(XElement element, string attribute) =>
        double.Parse(element.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);
}
