using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

public sealed class SinusoidalPositionsTests
{
    private static readonly BertConfig Bert = new()
    {
        VocabSize = 16,
        HiddenSize = 4,
        IntermediateSize = 8,
        NumHiddenLayers = 1,
        NumAttentionHeads = 2,
        MaxPositionEmbeddings = 4,
        Architectures = ["BertForMaskedLM"],
    };

    /// <summary>
    /// Four features are two waves, of frequency 1 and 10000^(-2/4) = 1/100, each a sine and a cosine: sin(p), cos(p), sin(p/100), cos(p/100).
    /// </summary>
    private static readonly double[][] Waves =
    [
        [0, 1, 0, 1],
        [0.841470985, 0.540302306, 0.009999833, 0.999950000],
        [0.909297427, -0.416146837, 0.019998667, 0.999800007],
        [0.141120008, -0.989992497, 0.029995500, 0.999550034],
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(0.02)]
    public void The_table_is_that_worked_out_by_hand(double deviation)
    {
        using var model = RandomInitialization.Create(Bert, 1);

        SinusoidalPositions.Fill(model, deviation);

        float[] values = model.PositionEmbedding!.Value.ToArray();
        Numbers.AssertClose([.. Waves.SelectMany(row => row).Select(wave => (float)(wave * deviation * Math.Sqrt(2)))], values, 1e-6);

        // A sine and a cosine of one angle have the mean square of a half, so the root mean square is what was asked for.
        Assert.Equal(deviation, Math.Sqrt(values.Average(value => (double)value * value)), 1e-6);
    }

    [Fact]
    public void Rows_before_the_first_position_stay()
    {
        var config = new OptConfig
        {
            VocabSize = 16,
            HiddenSize = 4,
            FfnDim = 8,
            NumHiddenLayers = 1,
            NumAttentionHeads = 2,
            MaxPositionEmbeddings = 4,
        };
        using var model = RandomInitialization.Create(config, 1);
        var table = model.PositionEmbedding!.Value;
        float[] before = table.Rows(0, 2).ToArray();

        SinusoidalPositions.Fill(model, 1 / Math.Sqrt(2));

        Assert.Equal(2, model.PositionOffset);
        Assert.Equal(before, table.Rows(0, 2).ToArray());
        Numbers.AssertClose([.. Waves.SelectMany(row => row).Select(wave => (float)wave)], table.Rows(2, 4).ToArray(), 1e-6);
    }

    [Fact]
    public void A_model_without_learned_positions_has_none_to_fill()
    {
        var config = new LlamaConfig { VocabSize = 16, HiddenSize = 4, IntermediateSize = 8, NumHiddenLayers = 1, NumAttentionHeads = 2 };
        using var model = RandomInitialization.Create(config, 1);
        float[] before = [.. model.Parameters.SelectMany(parameter => parameter.Value.ToArray())];

        SinusoidalPositions.Fill(model, 1);

        Assert.Equal(before, model.Parameters.SelectMany(parameter => parameter.Value.ToArray()));
        Assert.Throws<ArgumentOutOfRangeException>(() => SinusoidalPositions.Fill(model, -0.1));
    }
}
