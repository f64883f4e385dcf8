using Sparsum.Core;
using Sparsum.Evaluation.Glue;
using Xunit;

namespace Sparsum.Evaluation.Tests.Glue;

public sealed class LabelMappingTests
{
    private static readonly GlueTask Mnli = GlueTasks.Find("mnli")!;

    [Fact]
    public void OrderIsTakenFromNamesWhateverTheirCase()
    {
        var mapping = LabelMapping.Create(Mnli, new Dictionary<string, int> { ["CONTRADICTION"] = 0, ["Entailment"] = 1, ["neutral"] = 2 });
        Assert.Equal([1, 2, 0], Enumerable.Range(0, 3).Select(mapping.ToModel));
        Assert.Equal([2, 0, 1], Enumerable.Range(0, 3).Select(mapping.ToTask));
    }

    [Theory]
    [InlineData("LABEL_0", "LABEL_1", "LABEL_2")]
    [InlineData("0", "1", "2")]
    public void NamesThatSayNothingKeepTheOrderOfTheTask(params string[] names)
    {
        var mapping = LabelMapping.Create(Mnli, names.Index().ToDictionary(pair => pair.Item, pair => pair.Index));
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(mapping.ToTask));
    }

    [Theory]
    [InlineData("entailment:0", "neutral:1")]
    [InlineData("entailment:0", "neutral:1", "contradiction:1")]
    [InlineData("entailment:0", "neutral:1", "contradiction:3")]
    [InlineData("entailment:0", "neutral:1", "opposite:2")]
    [InlineData("entailment:0", "Entailment:1", "neutral:2")]
    public void OtherLabelsAreRefused(params string[] pairs)
    {
        var label2Id = pairs.Select(pair => pair.Split(':')).ToDictionary(pair => pair[0], pair => int.Parse(pair[1]));
        var error = Assert.Throws<InvalidInputException>(() => LabelMapping.Create(Mnli, label2Id));
        Assert.Equal("label-mismatch", error.Code);
        Assert.Equal("entailment, neutral, contradiction", error.Expected);
        Assert.StartsWith("entailment, ", error.Found);
    }

    [Fact]
    public void RegressionHasNoLabels() =>
        Assert.Throws<ArgumentException>(() => LabelMapping.Create(GlueTasks.Find("stsb")!, new Dictionary<string, int> { ["LABEL_0"] = 0 }));
}
