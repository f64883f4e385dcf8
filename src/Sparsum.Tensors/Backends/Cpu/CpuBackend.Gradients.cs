using Sparsum.Tensors.Backends.Cpu.Attention;
using Sparsum.Tensors.Backends.Cpu.Dropout;
using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Rows;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public void ActivationGradient(
        Activation activation, Tensor input, Tensor outputGradient, Tensor inputGradient, Tensor? columnSums = null)
    {
        ShapeChecks.Same(nameof(ActivationGradient), input, outputGradient);
        ShapeChecks.Same(nameof(ActivationGradient), input, inputGradient);
        ShapeChecks.PerColumn(nameof(ActivationGradient), columnSums, input);
        int width = input.Columns;
        if (columnSums is null)
        {
            Ranges.For(pool, input.Length, 1, (start, count) => Differentiate(start, count));
            return;
        }

        reduction.Run(input.RowCount, width, [columnSums], (start, count, sums) =>
        {
            // Row by row, so that the sums find each row in the first-level cache.
            for (long row = start; row < start + count; row++)
            {
                Differentiate(row * width, width);
                Kernel.Run(new ColumnSumKernel(inputGradient.Pointer + (row * width), 1, width, sums));
            }
        });

        void Differentiate(long start, long count) => ActivationKernels.Gradient(
            activation, input.Pointer + start, outputGradient.Pointer + start, inputGradient.Pointer + start, (nint)count);
    }

    /// <inheritdoc/>
    public void GateGradient(
        Activation activation, Tensor gate, Tensor up, Tensor outputGradient, Tensor gateGradient, Tensor upGradient)
    {
        foreach (var tensor in (ReadOnlySpan<Tensor>)[up, outputGradient, gateGradient, upGradient])
        {
            ShapeChecks.Same(nameof(GateGradient), gate, tensor);
        }

        Ranges.For(pool, gate.Length, 1, (start, count) => ActivationKernels.GateGradient(
            activation,
            gate.Pointer + start,
            up.Pointer + start,
            outputGradient.Pointer + start,
            gateGradient.Pointer + start,
            upGradient.Pointer + start,
            (nint)count));
    }

    /// <inheritdoc/>
    public void AttentionGradient(
        Tensor query,
        Tensor key,
        Tensor value,
        Tensor? bias,
        AttentionOptions options,
        Tensor outputGradient,
        Tensor queryGradient,
        Tensor keyGradient,
        Tensor valueGradient,
        Tensor? biasGradient)
    {
        AttentionShapes.Check(query, key, value, bias, options, outputGradient);
        AttentionShapes.Check(queryGradient, keyGradient, valueGradient, biasGradient, options, outputGradient);
        if (options.KeyCapacity != options.KeyLength)
        {
            throw new ArgumentException("Attention over a key/value cache has no gradient.", nameof(options));
        }

        var workers = LazyInitializer.EnsureInitialized(ref scratches, () => WorkerScratch.ForEach(pool, instructionSet));
        fixed (byte* mask = options.KeyMask)
        {
            var problem = new AttentionGradientProblem
            {
                Forward = new AttentionProblem
                {
                    Query = query.Pointer,
                    Key = key.Pointer,
                    Value = value.Pointer,
                    Bias = bias is null ? null : bias.Pointer,
                    KeyMask = mask,
                    Output = null,
                    Options = options,
                },
                OutputGradient = outputGradient.Pointer,
                QueryGradient = queryGradient.Pointer,
                KeyGradient = keyGradient.Pointer,
                ValueGradient = valueGradient.Pointer,
                BiasGradient = biasGradient is null ? null : biasGradient.Pointer,
            };
            int heads = options.KeyValueHeadCount;
            if (biasGradient is null || options.HasBiasPerSequence)
            {
                pool.For(options.Batch * heads, (piece, worker) =>
                    BlockAttentionGradient.Run(problem, piece / heads, piece % heads, workers[worker]));
                return;
            }

            // All sequences add to the gradient of a head's shared bias, so they are one piece.
            pool.For(heads, (head, worker) =>
            {
                for (int sequence = 0; sequence < options.Batch; sequence++)
                {
                    BlockAttentionGradient.Run(problem, sequence, head, workers[worker]);
                }
            });
        }
    }

    /// <inheritdoc/>
    public void ScatterAdd(Tensor rows, ReadOnlySpan<int> ids, Tensor table, int? skipped = null)
    {
        int width = table.Columns;
        if (rows.Columns != width || rows.Length != (long)ids.Length * width)
        {
            throw new ArgumentException($"{rows} does not have {ids.Length} rows of {table}.", nameof(rows));
        }

        foreach (int id in ids)
        {
            if ((uint)id >= (uint)table.RowCount)
            {
                throw new ArgumentException($"Id {id} is no row of {table}, which has {table.RowCount}.", nameof(ids));
            }
        }

        fixed (int* first = ids)
        {
            var (place, count) = ((nint)first, ids.Length);
            pool.For((width + ColumnsPerPiece - 1) / ColumnsPerPiece, (piece, _) =>
            {
                long column = (long)piece * ColumnsPerPiece;
                nint columns = (nint)Math.Min(ColumnsPerPiece, width - column);
                for (long i = 0; i < count; i++)
                {
                    int id = ((int*)place)[i];
                    if (id != skipped)
                    {
                        float* to = table.Pointer + ((long)id * width) + column;
                        Kernel.Run(new CombineKernel<Sum>(to, rows.Pointer + (i * width) + column, to, columns));
                    }
                }
            });
        }
    }

    /// <inheritdoc/>
    public void AddColumnSums(Tensor input, Tensor sums)
    {
        ShapeChecks.PerColumn(nameof(AddColumnSums), sums, input);
        int width = input.Columns;
        reduction.Run(input.RowCount, width, [sums], (start, count, own) =>
            Kernel.Run(new ColumnSumKernel(input.Pointer + (start * width), (nint)count, width, own)));
    }

    /// <inheritdoc/>
    public void CrossEntropyGradient(Tensor logits, ReadOnlySpan<int> targets, float factor, Tensor gradient, float smoothing = 0)
    {
        int width = logits.Columns;
        ShapeChecks.Same(nameof(CrossEntropyGradient), logits, gradient);
        CheckTargets(logits, targets);
        fixed (int* target = targets)
        {
            nint t = (nint)target;
            Ranges.For(pool, logits.RowCount, width, (start, count) => Kernel.Run(new CrossEntropyGradientKernel(
                logits.Pointer + (start * width), (int*)t + start, factor, gradient.Pointer + (start * width), (nint)count, width, smoothing)));
        }
    }

    /// <inheritdoc/>
    public void Dropout(Tensor tensor, float rate, RandomStream stream, long first = 0)
    {
        DropoutRule.CheckRate(rate);
        Ranges.For(pool, tensor.Length, 1, (start, count) =>
        {
            var words = new DropoutWords(stream);
            Kernel.Run(new DropKernel<DropAndScale>(tensor.Pointer + start, (nint)count, first + start, &words, rate));
        });
    }
}
