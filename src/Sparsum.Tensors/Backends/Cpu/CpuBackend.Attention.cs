using Sparsum.Tensors.Backends.Cpu.Attention;

namespace Sparsum.Tensors.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    private WorkerScratch[]? scratches;

    /// <inheritdoc/>
    public void Attention(Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options, Tensor output)
    {
        AttentionShapes.Check(query, key, value, bias, options, output);
        fixed (byte* mask = options.KeyMask)
        {
            Attend<Float32Keys>(new AttentionProblem
            {
                Query = query.Pointer,
                Key = key.Pointer,
                Value = value.Pointer,
                Bias = bias is null ? null : bias.Pointer,
                KeyMask = mask,
                Output = output.Pointer,
                Options = options,
            });
        }
    }

    /// <inheritdoc/>
    public void CachedAttention(
        Tensor query, IReadOnlyList<KeyValueSequence> sequences, Tensor? bias, AttentionOptions options, Tensor output)
    {
        AttentionShapes.Check(query, sequences, bias, options, output);
        fixed (byte* mask = options.KeyMask)
        {
            var problem = new AttentionProblem
            {
                Query = query.Pointer,
                Sequences = sequences,
                Bias = bias is null ? null : bias.Pointer,
                KeyMask = mask,
                Output = output.Pointer,
                Options = options,
            };
            switch (sequences.Count == 0 ? StorageType.Float32 : sequences[0].Keys.Storage)
            {
                case StorageType.BFloat16:
                    Attend<BFloat16Keys>(problem);
                    break;
                case StorageType.Int8:
                    Attend<Int8Keys>(problem);
                    break;
                default:
                    Attend<Float32Keys>(problem);
                    break;
            }
        }
    }

    private void Attend<TFormat>(AttentionProblem problem)
        where TFormat : IKeyFormat
    {
        var options = problem.Options;
        var workers = LazyInitializer.EnsureInitialized(ref scratches, () => WorkerScratch.ForEach(pool, instructionSet));
        if (options.QueryLength == 1 && options.Dropout is null)
        {
            // Heads that share keys go together, to read those once, unless that left threads without work.
            int group = options.HeadCount / options.KeyValueHeadCount;
            int heads = options.Batch * options.KeyValueHeadCount >= Threads ? group : 1;
            pool.For(options.Batch * options.HeadCount / heads, (piece, worker) =>
                SingleQueryAttention.Run<TFormat>(problem, piece * heads, heads, workers[worker]));
        }
        else
        {
            pool.For(BlockAttention.Pieces(options), (piece, worker) => BlockAttention.Run<TFormat>(problem, piece, workers[worker]));
        }
    }

    private void DisposeScratches() => Array.ForEach(scratches ?? [], scratch => scratch.Dispose());
}
