using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Transformers.Tests.Layers;

/// <summary>Buckets of the published T5 models, and what is made of them.</summary>
public class RelativePositionsTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 17)]
    [InlineData(-1, 1)]
    [InlineData(-7, 7)]
    [InlineData(-8, 8)]
    [InlineData(-11, 8)]
    [InlineData(-12, 9)]
    [InlineData(-16, 10)]
    [InlineData(-23, 11)]
    [InlineData(-32, 12)]
    [InlineData(-64, 14)]
    [InlineData(-91, 15)]
    [InlineData(-1000, 15)]
    [InlineData(8, 24)]
    [InlineData(16, 26)]
    [InlineData(128, 31)]
    public void Buckets_of_an_encoder(int distance, int bucket) => Assert.Equal(bucket, Published(isBidirectional: true).Bucket(distance));

    [Theory]
    [InlineData(5, 0)]
    [InlineData(-15, 15)]
    [InlineData(-16, 16)]
    [InlineData(-18, 16)]
    [InlineData(-19, 17)]
    [InlineData(-32, 21)]
    [InlineData(-64, 26)]
    [InlineData(-113, 31)]
    public void Buckets_of_a_decoder(int distance, int bucket) => Assert.Equal(bucket, Published(isBidirectional: false).Bucket(distance));

    [Theory]
    [InlineData(true, 1, 0)]
    [InlineData(true, 37, 0)]
    [InlineData(false, 37, 0)]
    [InlineData(false, 1, 12)]
    [InlineData(false, 3, 12)]
    public void Every_score_gets_the_number_of_its_distance(bool isBidirectional, int length, int cached)
    {
        var positions = Published(isBidirectional);
        positions.Table.Set(Numbers.Random(5, 32, 3));
        using var backend = new CpuBackend(2);
        using var computation = new Computation(backend);
        using var cache = new KeyValueCache(1, length + cached, []);
        cache.Advance(cached);
        using var bias = positions.Compute(new ForwardPass
        {
            Computation = computation,
            Batch = 1,
            Length = length,
            Positions = [],
            Cache = cache,
        });
        int keys = length + cached;
        Assert.Equal([3, length * keys], bias.Shape.ToArray());
        for (int head = 0; head < 3; head++)
        {
            for (int i = 0; i < length; i++)
            {
                for (int j = 0; j < keys; j++)
                {
                    float expected = positions.Table.Value.Row(positions.Bucket(j - (cached + i)))[head];
                    Assert.Equal(expected, bias.Row(head)[(i * keys) + j]);
                }
            }
        }
    }

    private static RelativePositions Published(bool isBidirectional) => new(new Parameter("table", 32, 3), isBidirectional, 128);
}
