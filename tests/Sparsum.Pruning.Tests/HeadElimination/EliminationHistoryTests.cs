using System.Text.Json.Nodes;
using Sparsum.Core;
using Sparsum.Pruning.HeadElimination;
using Xunit;

namespace Sparsum.Pruning.Tests.HeadElimination;

public sealed class EliminationHistoryTests
{
    private static readonly PrunedModuleRecord[] Modules =
    [
        new("encoder", 0, "self", 3, [0, 1, 2], new Dictionary<int, int>(), new Dictionary<int, int>()),
        new("encoder", 1, "self", 3, [1], new Dictionary<int, int> { [0] = 1, [2] = 2 }, new Dictionary<int, int> { [0] = 1, [2] = 1 }),
        new("decoder", 0, "cross", 3, [0, 1], new Dictionary<int, int> { [2] = 1 }, new Dictionary<int, int> { [2] = 0 }),
    ];

    [Fact]
    public void The_history_is_read_back_and_the_list_of_heads_is_left_to_the_writer_of_models()
    {
        var config = new JsonObject { ["hidden_size"] = 6 };

        EliminationHistory.Write(config, Modules, HeadRemoval.Physical);
        var read = EliminationHistory.Read(JsonNode.Parse(config.ToJsonString())!.AsObject());

        Assert.False(config.ContainsKey("pruned_heads"));
        Assert.Equal(
            """{"stack":"encoder","layer":1,"kind":"self","originalHeads":3,"keptHeads":[1],"removedAtEpoch":{"0":1,"2":2},"mergedInto":{"0":1,"2":1}}""",
            config["neuroprune"]!["modules"]![1]!.ToJsonString());
        Assert.Equal(3, read.Count);
        Assert.Equal([0, 2], read[1].RemovedHeads);
        Assert.Equal(2, read[1].RemovedAtEpoch[2]);
        Assert.Equal(0, read[2].MergedInto[2]);
        Assert.Equal("cross", read[2].Kind);
    }

    [Fact]
    public void Importances_are_kept_where_they_are_known()
    {
        var attention = HeadElimination.Modules.Attention(3, 2, 6);
        HeadElimination.Modules.Duplicate(attention, 0, 2);
        double importance = HeadImportance.Of(attention, 0);
        double kept = (HeadImportance.Of(attention, 1) + HeadImportance.Of(attention, 2)) / 2;
        var elimination = new HeadEliminator(attention, new HeadEliminationOptions { Theta = 0 });
        elimination.Run(1);
        var config = new JsonObject();

        EliminationHistory.Write(config, [PrunedModuleRecord.Of(elimination, "encoder", 0, "self")], HeadRemoval.Physical);
        var read = EliminationHistory.Read(JsonNode.Parse(config.ToJsonString())!.AsObject());

        Assert.Equal([0], read[0].RemovedHeads);
        Assert.Equal(importance, read[0].Removals[0].Removed, 12);
        Assert.Equal(kept, read[0].Removals[0].Kept, 12);
    }

    [Fact]
    public void Masked_heads_are_called_so()
    {
        var config = new JsonObject();
        EliminationHistory.Write(config, Modules, HeadRemoval.Mask);
        Assert.Equal("mask", config["neuroprune"]!["headRemoval"]!.GetValue<string>());
    }

    [Fact]
    public void A_configuration_without_history_lists_no_modules() => Assert.Empty(EliminationHistory.Read([]));

    [Theory]
    [InlineData("""{"neuroprune":3}""")]
    [InlineData("""{"neuroprune":{"modules":[{"stack":"encoder"}]}}""")]
    [InlineData("""{"neuroprune":{"modules":[{"stack":"a","layer":0,"kind":"self","originalHeads":2,"keptHeads":[2],"removedAtEpoch":{},"mergedInto":{}}]}}""")]
    [InlineData("""{"neuroprune":{"modules":[{"stack":"a","layer":0,"kind":"self","originalHeads":2,"keptHeads":[1],"removedAtEpoch":{"x":1},"mergedInto":{}}]}}""")]
    public void A_malformed_history_is_refused(string config)
    {
        var error = Assert.Throws<InvalidInputException>(() => EliminationHistory.Read(JsonNode.Parse(config)!.AsObject()));
        Assert.Equal("bad-pruned-heads", error.Code);
    }
}
