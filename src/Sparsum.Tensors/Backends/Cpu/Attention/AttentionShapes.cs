namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>The shape rules of attention.</summary>
internal static class AttentionShapes
{
    /// <summary>Checks that the tensors are what the options say.</summary>
    /// <exception cref="ArgumentException">They are not, or the options contradict each other.</exception>
    public static void Check(Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options, Tensor output)
    {
        CheckCommon(query, bias, options, output);
        CheckMatrix(key, "key", options.Batch * options.KeyCapacity, options.KeyValueHeadCount * options.HeadSize);
        CheckMatrix(value, "value", options.Batch * options.KeyCapacity, options.KeyValueHeadCount * options.HeadSize);
    }

    /// <summary>Checks the same of sequences whose keys and values lie in rows.</summary>
    /// <exception cref="ArgumentException">They do not fit the options.</exception>
    public static void Check(
        Tensor query, IReadOnlyList<KeyValueSequence> sequences, Tensor? bias, AttentionOptions options, Tensor output)
    {
        CheckCommon(query, bias, options, output);
        if (sequences.Count != options.Batch)
        {
            throw new ArgumentException($"There are keys of {sequences.Count} sequences, not {options.Batch}.", nameof(sequences));
        }

        foreach (var (keys, values, first, length) in sequences)
        {
            bool fits = length >= 0 && length <= options.KeyLength && first >= 0 && first <= keys.RowCount - length && first <= values.RowCount - length;
            if (!fits)
            {
                throw new ArgumentException(
                    $"Keys {first} to {first + length - 1} are not among {keys.RowCount}, or more than {options.KeyLength}.", nameof(sequences));
            }

            foreach (var rows in new[] { keys, values })
            {
                if (rows.HeadCount != options.KeyValueHeadCount || rows.HeadSize != options.HeadSize || rows.Storage != sequences[0].Keys.Storage)
                {
                    throw new ArgumentException(
                        $"Attention needs {sequences[0].Keys.Storage} rows of {options.KeyValueHeadCount} x {options.HeadSize}, not "
                        + $"{rows.Storage} rows of {rows.HeadCount} x {rows.HeadSize}.",
                        nameof(sequences));
                }
            }
        }
    }

    private static void CheckCommon(Tensor query, Tensor? bias, AttentionOptions options, Tensor output)
    {
        var o = options;
        if (o.Batch < 0 || o.QueryLength < 0 || o.KeyLength < 0 || o.HeadCount < 1 || o.KeyValueHeadCount < 1 || o.HeadSize < 1)
        {
            throw new ArgumentException($"Attention has a size below its minimum: {o}.", nameof(options));
        }

        if (o.KeyCapacity < o.KeyLength)
        {
            throw new ArgumentException($"{o.KeyLength} keys do not fit a capacity of {o.KeyCapacity}.", nameof(options));
        }

        if (o.HeadCount % o.KeyValueHeadCount != 0)
        {
            throw new ArgumentException($"{o.HeadCount} heads cannot share {o.KeyValueHeadCount} key/value heads evenly.", nameof(options));
        }

        if (o.KeySlopes is { } slopes && slopes.Length != o.HeadCount)
        {
            throw new ArgumentException($"There are slopes for {slopes.Length} of {o.HeadCount} heads.", nameof(options));
        }

        if (o.SoftCap is { } cap && !(cap > 0))
        {
            throw new ArgumentException($"Scores cannot be bounded by {cap}.", nameof(options));
        }

        if (o.Dropout is { } dropout)
        {
            DropoutRule.CheckRate(dropout.Rate);
        }

        CheckMatrix(query, "query", o.Batch * o.QueryLength, o.HeadCount * o.HeadSize);
        CheckMatrix(output, "output", o.Batch * o.QueryLength, o.HeadCount * o.HeadSize);
        if (bias is not null)
        {
            CheckMatrix(bias, "bias", (o.HasBiasPerSequence ? o.Batch : 1) * o.HeadCount * o.QueryLength, o.KeyLength);
        }

        if (o.KeyMask is { } mask && mask.Length != o.Batch * o.KeyLength)
        {
            throw new ArgumentException($"The key mask has {mask.Length} entries, not [{o.Batch}, {o.KeyLength}].", nameof(options));
        }
    }

    private static void CheckMatrix(Tensor tensor, string name, int rows, int columns)
    {
        if (tensor.Columns != columns || tensor.Length != (long)rows * columns)
        {
            throw new ArgumentException($"Attention needs {name} [{rows}, {columns}], not {tensor}.", name);
        }
    }
}
