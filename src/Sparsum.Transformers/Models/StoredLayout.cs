using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>Moves values between parameters and the layout in which checkpoints store them: transposed, fused, or as they are.</summary>
internal static class StoredLayout
{
    /// <summary>Whether the stored tensor is the parameter value for value.</summary>
    public static bool IsPlain(Parameter parameter) => parameter.Source is { IsTransposed: false, OutputFeatures: null };

    /// <summary>Shape of the stored tensor that a parameter is read from.</summary>
    public static int[] Shape(Parameter parameter)
    {
        int[] shape = parameter.Shape.ToArray();
        if (parameter.Source.OutputFeatures is not null)
        {
            shape[0] = parameter.Source.FusedOutputFeatures;
        }

        if (parameter.Source.IsTransposed)
        {
            Array.Reverse(shape);
        }

        return shape;
    }

    /// <summary>The values of a parameter out of the stored tensor.</summary>
    public static Tensor Extract(Parameter parameter, Tensor stored)
    {
        var values = Tensor.Allocate(parameter.Shape);
        Copy(parameter, stored, values, isStoring: false);
        return values;
    }

    /// <summary>
    /// The stored tensor from the values, or what <paramref name="select"/> gives instead, of all parameters that are read from it.
    /// </summary>
    /// <exception cref="InvalidOperationException">They do not cover the tensor, or one lacks what is selected.</exception>
    public static Tensor Assemble(IReadOnlyList<Parameter> readers, Func<Parameter, Tensor>? select = null)
    {
        var source = readers[0].Source;
        int covered = readers.Sum(reader => reader.Shape[0]);
        if (source.OutputFeatures is not null && covered != source.FusedOutputFeatures)
        {
            throw new InvalidOperationException(
                $"'{source.TensorName}' has {source.FusedOutputFeatures} output features, of which the parameters cover {covered}.");
        }

        var stored = Tensor.Allocate(Shape(readers[0]));
        foreach (var reader in readers)
        {
            Copy(reader, stored, select is null ? reader.Value : select(reader), isStoring: true);
        }

        return stored;
    }

    /// <summary>The scales of a stored matrix from those of all parameters that are read from it; null where they have none.</summary>
    /// <exception cref="InvalidOperationException">Some have and others have not, or it is stored transposed.</exception>
    public static QuantizedGrid? AssembleGrid(IReadOnlyList<Parameter> readers)
    {
        if (readers.All(reader => reader.Grid is null))
        {
            return null;
        }

        if (readers.Any(reader => reader.Grid is null || reader.Source.IsTransposed))
        {
            throw new InvalidOperationException($"Not all of '{readers[0].Source.TensorName}' is quantised by rows.");
        }

        int[] shape = Shape(readers[0]);
        var stored = new QuantizedGrid(readers[0].Grid!.Quantization, shape[0], shape[1]);
        foreach (var reader in readers)
        {
            var features = reader.Source.OutputFeatures;
            for (int row = 0; row < reader.Shape[0]; row++)
            {
                reader.Grid!.Row(row).CopyTo(stored.Row(features?[row] ?? row));
            }
        }

        return stored;
    }

    private static void Copy(Parameter parameter, Tensor stored, Tensor values, bool isStoring)
    {
        if (IsPlain(parameter))
        {
            (isStoring ? values : stored).CopyTo(isStoring ? stored : values);
            return;
        }

        var features = parameter.Source.OutputFeatures;
        int outputSize = parameter.Shape[0];
        if (parameter.Source.IsTransposed)
        {
            CopyTransposed(features, outputSize, stored, values, isStoring);
            return;
        }

        // A vector counts as a matrix of one column.
        int inputSize = parameter.Shape.Length == 1 ? 1 : parameter.Shape[1];
        for (int output = 0; output < outputSize; output++)
        {
            var whole = Slice(stored, (long)(features?[output] ?? output) * inputSize, inputSize);
            var part = Slice(values, (long)output * inputSize, inputSize);
            (isStoring ? part : whole).CopyTo(isStoring ? whole : part);
        }
    }

    private static unsafe void CopyTransposed(int[]? features, int outputSize, Tensor stored, Tensor values, bool isStoring)
    {
        float* matrix = values.Pointer;
        int inputSize = stored.RowCount;
        for (int input = 0; input < inputSize; input++)
        {
            var row = stored.Row(input);
            for (int output = 0; output < outputSize; output++)
            {
                ref float inStored = ref row[features?[output] ?? output];
                ref float inMatrix = ref matrix[((long)output * inputSize) + input];
                if (isStoring)
                {
                    inStored = inMatrix;
                }
                else
                {
                    inMatrix = inStored;
                }
            }
        }
    }

    private static unsafe Span<float> Slice(Tensor tensor, long start, int length) => new(tensor.Pointer + start, length);
}
