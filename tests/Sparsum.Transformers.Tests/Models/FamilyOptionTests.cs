using Sparsum.Core;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>Options of the families that no reference model uses.</summary>
public class FamilyOptionTests
{
    private static readonly Qwen2Config Qwen = (Qwen2Config)SmallModels.Of("qwen2");

    [Fact]
    public void The_sliding_window_starts_at_its_first_block() => Assert.Equal([null, 4, 4], Windows(Qwen));

    [Fact]
    public void Layer_types_name_the_blocks_with_a_window() =>
        Assert.Equal([4, null, 4], Windows(Qwen with { LayerTypes = ["sliding_attention", "full_attention", "sliding_attention"] }));

    [Fact]
    public void The_window_is_off_unless_used() => Assert.Equal([null, null, null], Windows(Qwen with { UseSlidingWindow = false }));

    [Fact]
    public void Layer_types_name_every_block() =>
        Assert.Equal("invalid-config", Assert.Throws<InvalidInputException>(() => Windows(Qwen with { LayerTypes = ["full_attention"] })).Code);

    [Fact]
    public void Scores_can_be_scaled_by_depth_or_not_at_all()
    {
        Assert.Equal([0.5f, 0.5f], Scales(SmallModels.Gpt2));
        Assert.Equal([0.5f, 0.25f], Scales(SmallModels.Gpt2 with { ScaleAttnByInverseLayerIdx = true }));
        Assert.Equal([1f, 1f], Scales(SmallModels.Gpt2 with { ScaleAttnWeights = false }));
    }

    [Fact]
    public void Pythia_can_wire_its_blocks_one_after_the_other()
    {
        var config = (GptNeoXConfig)SmallModels.Of("gpt_neox");
        Assert.Equal(BlockStyle.PreNorm, Build(config).Blocks[0].Style);
        Assert.Equal(BlockStyle.Parallel, Build(config with { UseParallelResidual = true }).Blocks[0].Style);
    }

    [Fact]
    public void Opt_can_do_without_biases_and_final_norm()
    {
        var model = Build(new OptConfig
        {
            VocabSize = 31,
            HiddenSize = 16,
            FfnDim = 24,
            NumHiddenLayers = 1,
            NumAttentionHeads = 4,
            EnableBias = false,
            RemoveFinalLayerNorm = true,
            TieWordEmbeddings = false,
        });
        Assert.Null(model.FinalNorm);
        Assert.Null(model.ProjectIn);
        Assert.False(model.IsHeadTied);
        Assert.All(model.Linears, linear => Assert.Null(linear.Bias));
    }

    private static CausalLanguageModel Build(ModelConfig config) => (CausalLanguageModel)ArchitectureRegistry.BuiltIn.Of(config).Create(config);

    private static IEnumerable<int?> Windows(ModelConfig config) => Build(config).Blocks.Select(block => block.Attention.Window);

    private static IEnumerable<float> Scales(ModelConfig config) => Build(config).Blocks.Select(block => block.Attention.Scale);
}
