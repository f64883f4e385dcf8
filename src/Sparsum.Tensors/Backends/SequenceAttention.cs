using Sparsum.Tensors.Backends.Cpu.Attention;

namespace Sparsum.Tensors.Backends;

/// <summary>Attention over rows of keys and values in the plainest way: read back as tensors, sequence by sequence.</summary>
internal static class SequenceAttention
{
    /// <summary><see cref="IBackend.CachedAttention"/> by way of <see cref="IBackend.Attention"/> of a backend.</summary>
    public static void Compute(
        IBackend backend, Tensor query, IReadOnlyList<KeyValueSequence> sequences, Tensor? bias, AttentionOptions options, Tensor output)
    {
        AttentionShapes.Check(query, sequences, bias, options, output);
        int queries = options.QueryLength;
        for (int sequence = 0; sequence < sequences.Count; sequence++)
        {
            var (keyRows, valueRows, first, length) = sequences[sequence];
            using var keys = Tensor.Allocate(length, keyRows.Columns);
            using var values = Tensor.Allocate(length, valueRows.Columns);
            keyRows.Read(first, keys);
            valueRows.Read(first, values);
            using var ownBias = bias is null ? null : Tensor.Allocate(options.HeadCount * queries, length);
            for (int row = 0; row < options.HeadCount * queries && ownBias is not null && length > 0; row++)
            {
                int start = options.HasBiasPerSequence ? sequence * options.HeadCount * queries : 0;
                bias!.Row(start + row)[..length].CopyTo(ownBias.Row(row));
            }

            backend.Attention(
                query.Rows(sequence * queries, queries),
                keys,
                values,
                ownBias,
                options with
                {
                    Batch = 1,
                    KeyLength = length,
                    KeyCapacity = length,
                    HasBiasPerSequence = false,
                    KeyMask = options.KeyMask?.AsSpan(sequence * options.KeyLength, length).ToArray(),
                },
                output.Rows(sequence * queries, queries));
        }
    }
}
