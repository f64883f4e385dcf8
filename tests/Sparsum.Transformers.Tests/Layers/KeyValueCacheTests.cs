using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Transformers.Tests.Layers;

public class KeyValueCacheTests
{
    [Fact]
    public void Tokens_are_written_behind_those_of_their_sequence()
    {
        using var cache = new KeyValueCache(batch: 2, capacity: 3, shapes: [(1, 1)]);
        Append(cache, [1, 2, 10, 20], length: 2);
        cache.Advance(2);
        Append(cache, [3, 30], length: 1);
        cache.Advance(1);
        Assert.Equal(3, cache.Length);
        Assert.Equal([1, 2, 3, 10, 20, 30], Read(cache.Keys(0)));
        Assert.Equal([-1, -2, -3, -10, -20, -30], Read(cache.Values(0)));
    }

    [Theory]
    [InlineData(StorageType.Float32)]
    [InlineData(StorageType.BFloat16)]
    [InlineData(StorageType.Int8)]
    public void Sequences_are_selected_in_place_and_into_another_number(StorageType storage)
    {
        using var cache = new KeyValueCache(batch: 3, capacity: 2, shapes: [(1, 1)], storage);
        Append(cache, [1, 2, 3], length: 1);
        cache.Advance(1);
        cache.Select([2, 0, 2]);
        Assert.Equal([3, 1, 3], Firsts(cache));
        cache.Select([1, 0, 1, 1]);
        Assert.Equal([1, 3, 1, 1], Firsts(cache));

        static float[] Firsts(KeyValueCache cache) => [.. Read(cache.Keys(0)).Where((_, i) => i % 2 == 0)];
    }

    [Fact]
    public void Joined_caches_append_to_each_at_its_own_end()
    {
        using var one = new KeyValueCache(batch: 1, capacity: 3, shapes: [(1, 1)]);
        using var other = new KeyValueCache(batch: 1, capacity: 2, shapes: [(1, 1)]);
        Append(one, [1, 2], length: 2);
        one.Advance(2);
        var joined = new JoinedCaches([one, other]);
        Append(joined, [3, 30], length: 1);
        Assert.Equal([3, 1], joined.Sequences(0, 1).Select(sequence => sequence.Length));
        joined.Advance(1);
        Assert.Equal([3, 1], joined.Lengths);
        Assert.Equal([1, 2, 3], Read(one.Keys(0)));
        Assert.Equal(30, Read(other.Keys(0))[0]);
    }

    [Fact]
    public void More_tokens_than_fit_are_refused()
    {
        using var cache = new KeyValueCache(batch: 1, capacity: 2, shapes: [(1, 1)]);
        Assert.Throws<InvalidOperationException>(() => Append(cache, [1, 2, 3], length: 3));
    }

    private static float[] Read(KeyValueRows rows)
    {
        using var read = Tensor.Allocate(rows.RowCount, rows.Columns);
        rows.Read(0, read);
        return read.ToArray();
    }

    private static void Append(IKeyValueCache cache, float[] keys, int length)
    {
        using var newKeys = Tensor.From(keys, keys.Length, 1);
        using var newValues = Tensor.From([.. keys.Select(key => -key)], keys.Length, 1);
        cache.Append(0, newKeys, newValues, length);
    }
}
