using Sparsum.Tensors.Backends.Cpu.Attention;

namespace Sparsum.Tensors.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    private WorkerScratch[]? scratches;

    /// <inheritdoc/>
    public void Attention(Tensor query, Tensor key, Tensor value, Tensor? bias, AttentionOptions options, Tensor output)
    {
        AttentionShapes.Check(query, key, value, bias, options, output);
        var workers = LazyInitializer.EnsureInitialized(ref scratches, () => WorkerScratch.ForEach(pool));
        fixed (byte* mask = options.KeyMask)
        {
            var problem = new AttentionProblem
            {
                Query = query.Pointer,
                Key = key.Pointer,
                Value = value.Pointer,
                Bias = bias is null ? null : bias.Pointer,
                KeyMask = mask,
                Output = output.Pointer,
                Options = options,
            };
            if (options.QueryLength == 1 && options.Dropout is null)
            {
                // Heads that share keys go together, to read those once, unless that left threads without work.
                int group = options.HeadCount / options.KeyValueHeadCount;
                int heads = options.Batch * options.KeyValueHeadCount >= Threads ? group : 1;
                pool.For(options.Batch * options.HeadCount / heads, (piece, worker) =>
                    SingleQueryAttention.Run(problem, piece * heads, heads, workers[worker]));
            }
            else
            {
                pool.For(BlockAttention.Pieces(options), (piece, worker) => BlockAttention.Run(problem, piece, workers[worker]));
            }
        }
    }

    private void DisposeScratches() => Array.ForEach(scratches ?? [], scratch => scratch.Dispose());
}
