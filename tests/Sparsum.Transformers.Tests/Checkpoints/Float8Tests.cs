using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

public sealed class Float8Tests
{
    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x01, 0.001953125)]
    [InlineData(0x07, 0.013671875)]
    [InlineData(0x08, 0.015625)]
    [InlineData(0x38, 1)]
    [InlineData(0x39, 1.125)]
    [InlineData(0x7E, 448)]
    [InlineData(0xFE, -448)]
    [InlineData(0x7F, double.NaN)]
    public void Float8E4M3HasTheValuesOfItsDefinition(byte code, double expected)
    {
        // Micikevicius et al. 2022, table 1.
        float[] value = new float[1];
        ElementReader.ToFloats(TensorDataType.F8E4M3, [code], value);
        Assert.Equal((float)expected, value[0]);
    }

    [Theory]
    [InlineData(0x01, 0.0000152587890625)]
    [InlineData(0x3C, 1)]
    [InlineData(0x7B, 57344)]
    [InlineData(0xFB, -57344)]
    [InlineData(0x7C, double.PositiveInfinity)]
    public void Float8E5M2HasTheValuesOfItsDefinition(byte code, double expected)
    {
        float[] value = new float[1];
        ElementReader.ToFloats(TensorDataType.F8E5M2, [code], value);
        Assert.Equal((float)expected, value[0]);
    }
}
