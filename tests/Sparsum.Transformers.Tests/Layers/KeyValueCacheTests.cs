using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Transformers.Tests.Layers;

public class KeyValueCacheTests
{
    [Fact]
    public void Tokens_are_written_behind_those_of_their_sequence()
    {
        using var cache = new KeyValueCache(batch: 2, capacity: 3, widths: [1]);
        Append(cache, [1, 2, 10, 20], length: 2);
        cache.Advance(2);
        Append(cache, [3, 30], length: 1);
        cache.Advance(1);
        Assert.Equal(3, cache.Length);
        Assert.Equal([1, 2, 3, 10, 20, 30], cache.Keys(0).ToArray());
        Assert.Equal([-1, -2, -3, -10, -20, -30], cache.Values(0).ToArray());
    }

    [Fact]
    public void More_tokens_than_fit_are_refused()
    {
        using var cache = new KeyValueCache(batch: 1, capacity: 2, widths: [1]);
        Assert.Throws<InvalidOperationException>(() => Append(cache, [1, 2, 3], length: 3));
    }

    private static void Append(KeyValueCache cache, float[] keys, int length)
    {
        using var newKeys = Tensor.From(keys, keys.Length, 1);
        using var newValues = Tensor.From([.. keys.Select(key => -key)], keys.Length, 1);
        cache.Append(0, newKeys, newValues, length);
    }
}
