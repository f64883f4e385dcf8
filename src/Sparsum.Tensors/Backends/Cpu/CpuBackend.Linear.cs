using System.Numerics.Tensors;
using Sparsum.Tensors.Backends.Cpu.LowPrecision;
using Sparsum.Tensors.Backends.Cpu.Sparse;
using Sparsum.Tensors.Numerics;

namespace Sparsum.Tensors.Backends.Cpu;

public sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public void Linear(Tensor input, Tensor weight, Tensor? bias, Activation activation, Tensor output, bool rowwise = false)
    {
        var (rows, columns, depth) = MatrixShapes.Check(MatrixProduct.NT, input, weight, output);
        CheckBias(bias, columns);
        Multiply(MatrixProduct.NT, input, weight, bias, activation, output, rows, columns, depth, accumulate: false, rowwise);
    }

    /// <inheritdoc/>
    public void Linear(Tensor input, PackedWeight weight, Tensor? bias, Activation activation, Tensor output, bool rowwise = false)
    {
        if (input.Columns != weight.Columns || output.Columns != weight.Rows || output.RowCount != input.RowCount)
        {
            throw new ArgumentException($"A weight [{weight.Rows}, {weight.Columns}] cannot turn {input} into {output}.", nameof(weight));
        }

        CheckBias(bias, weight.Rows);
        switch (weight)
        {
            case PanelWeight panels:
                // Here the number of tokens decides nothing: every sum runs along the depth.
                panels.Multiply(input, bias, activation, output);
                break;
            case SparseWeight nonzeros:
                nonzeros.Multiply(input, bias, activation, output, rowwise);
                break;
            case Int8RowsWeight rows:
                rows.Multiply(input, bias, activation, output);
                break;
            case CpuWeight other:
                other.Multiply(input, output, pool, rowwise);
                AddBias(bias, output);
                ActivateInPlace(activation, output);
                break;
            default:
                throw new ArgumentException($"The weight {weight} was not packed by this backend.", nameof(weight));
        }
    }

    /// <inheritdoc/>
    public PackedWeight Pack(Tensor weight, StorageType storage = StorageType.Float32) => storage switch
    {
        StorageType.Float32 => PackPanels(weight),
        StorageType.BFloat16 => new BFloat16Weight(weight, leavesZerosOut: false, pool),
        StorageType.Float16 => new Float16Weight(weight, pool),
        StorageType.Int8 => new Int8Weight(weight, leavesZerosOut: false, pool),
        StorageType.Int8Rows or StorageType.Int8RowsA16 => new Int8RowsWeight(weight, storage, int8Rows.Value, pool),
        StorageType.SparseBFloat16 => new BFloat16Weight(weight, Nonzeros(weight) < NonzeroRows.MostNonzeros(sizeof(ushort)), pool),
        StorageType.SparseInt8 => new Int8Weight(weight, Nonzeros(weight) < NonzeroRows.MostNonzeros(sizeof(sbyte)), pool),
        StorageType.SparseInt8RowsA16 => new Int8RowsWeight(
            weight, Nonzeros(weight) < int8Rows.Value.MostNonzeros ? storage : StorageType.Int8RowsA16, int8Rows.Value, pool),
        StorageType.Sparse or StorageType.Auto => PackSparse(weight, new SparseCounts(weight, pool, instructionSet)),
        _ => throw new ArgumentOutOfRangeException(nameof(storage), storage, null),
    };

    private static double Nonzeros(Tensor weight) => 1 - (Zeros.Count(weight) / (double)weight.Length);

    private CpuWeight PackSparse(Tensor weight, SparseCounts counts) => counts.Form switch
    {
        SparseForm.Rows => new SparseWeight(weight, 1, counts, sparse, pool),
        SparseForm.Groups => new SparseWeight(weight, SparseWeight.GroupRows, counts, sparse, pool),
        _ => PackPanels(weight),
    };

    private PanelWeight PackPanels(Tensor weight) => new(weight, MicroKernel.For(instructionSet, weight.RowCount), gemm, pool);

    private static void CheckBias(Tensor? bias, int columns)
    {
        if (bias is not null && bias.Length != columns)
        {
            throw new ArgumentException($"The bias {bias} does not fit {columns} output features.", nameof(bias));
        }
    }

    private static void AddBias(Tensor? bias, Tensor output)
    {
        for (int row = 0; bias is not null && row < output.RowCount; row++)
        {
            var values = output.Row(row);
            TensorPrimitives.Add(values, bias.Span, values);
        }
    }

    private void ActivateInPlace(Activation activation, Tensor output)
    {
        if (activation != Activation.Identity)
        {
            Activate(activation, output, output);
        }
    }
}
