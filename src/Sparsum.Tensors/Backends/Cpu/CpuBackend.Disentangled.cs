using Sparsum.Tensors.Backends.Cpu.Attention;

namespace Sparsum.Tensors.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void Disentangle(
        Tensor query, Tensor key, Tensor positionKey, Tensor positionQuery, ReadOnlySpan<int> rowOfDistance, AttentionOptions options, Tensor output)
    {
        DisentangledScores.Check(query, key, positionKey, positionQuery, rowOfDistance, options, output);
        var table = new DistanceTable([.. rowOfDistance]);
        var workers = LazyInitializer.EnsureInitialized(ref scratches, () => WorkerScratch.ForEach(pool, instructionSet));
        pool.For(options.Batch * options.HeadCount, (piece, worker) =>
        {
            var (sequence, head) = Math.DivRem(piece, options.HeadCount);
            var buffer = new Span<float>(workers[worker].Floats(table.Count), table.Count);
            DisentangledKernel.AddScores(query, positionKey, table, options, sequence, head, isOfKeys: false, buffer, output);
            DisentangledKernel.AddScores(key, positionQuery, table, options, sequence, head, isOfKeys: true, buffer, output);
        });
    }

    /// <inheritdoc/>
    public void DisentangleGradient(
        Tensor query,
        Tensor key,
        Tensor positionKey,
        Tensor positionQuery,
        ReadOnlySpan<int> rowOfDistance,
        AttentionOptions options,
        Tensor outputGradient,
        Tensor queryGradient,
        Tensor keyGradient,
        Tensor positionKeyGradient,
        Tensor positionQueryGradient)
    {
        DisentangledScores.Check(query, key, positionKey, positionQuery, rowOfDistance, options, outputGradient);
        ShapeChecks.Same(nameof(DisentangleGradient), query, queryGradient);
        ShapeChecks.Same(nameof(DisentangleGradient), key, keyGradient);
        ShapeChecks.Same(nameof(DisentangleGradient), positionKey, positionKeyGradient);
        ShapeChecks.Same(nameof(DisentangleGradient), positionQuery, positionQueryGradient);
        foreach (var gradient in (ReadOnlySpan<Tensor>)[queryGradient, keyGradient, positionKeyGradient, positionQueryGradient])
        {
            gradient.Clear();
        }

        var table = new DistanceTable([.. rowOfDistance]);
        var workers = LazyInitializer.EnsureInitialized(ref scratches, () => WorkerScratch.ForEach(pool, instructionSet));

        // All sequences add to the rows of positions: a head goes through them in order, and no other head touches its columns.
        pool.For(options.HeadCount, (head, worker) =>
        {
            var buffer = new Span<float>(workers[worker].Floats(table.Count), table.Count);
            for (int sequence = 0; sequence < options.Batch; sequence++)
            {
                DisentangledKernel.AddGradients(
                    query, positionKey, table, options, sequence, head, isOfKeys: false, buffer, outputGradient, queryGradient, positionKeyGradient);
                DisentangledKernel.AddGradients(
                    key, positionQuery, table, options, sequence, head, isOfKeys: true, buffer, outputGradient, keyGradient, positionQueryGradient);
            }
        });
    }
}
