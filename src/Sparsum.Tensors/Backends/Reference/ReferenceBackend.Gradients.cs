using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Backends.Reference;

public sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public void ActivationGradient(
        Activation activation, Tensor input, Tensor outputGradient, Tensor inputGradient, Tensor? columnSums = null)
    {
        for (int i = 0; i < input.Length; i++)
        {
            inputGradient.Span[i] = (float)(Activations.Derivative(activation, input.Span[i]) * outputGradient.Span[i]);
        }

        if (columnSums is not null)
        {
            AddColumnSums(inputGradient, columnSums);
        }
    }

    /// <inheritdoc/>
    public void GateGradient(
        Activation activation, Tensor gate, Tensor up, Tensor outputGradient, Tensor gateGradient, Tensor upGradient)
    {
        for (int i = 0; i < gate.Length; i++)
        {
            double gradient = outputGradient.Span[i];
            gateGradient.Span[i] = (float)(Activations.Derivative(activation, gate.Span[i]) * up.Span[i] * gradient);
            upGradient.Span[i] = (float)(Activations.Apply(activation, gate.Span[i]) * gradient);
        }
    }

    /// <inheritdoc/>
    public void LayerNormGradient(
        Tensor input,
        Tensor? scale,
        float epsilon,
        Tensor outputGradient,
        Tensor? inputGradient,
        Tensor? scaleGradient,
        Tensor? shiftGradient,
        bool accumulate = false)
    {
        var normalized = new double[input.Columns];
        for (int row = 0; row < input.RowCount; row++)
        {
            var x = input.Row(row).ToArray();
            double mean = x.Average(value => (double)value);
            double factor = 1 / Math.Sqrt(x.Average(value => (value - mean) * (value - mean)) + epsilon);
            for (int i = 0; i < x.Length; i++)
            {
                normalized[i] = (x[i] - mean) * factor;
            }

            NormGradient(normalized, factor, true, scale, 0, outputGradient.Row(row), Row(inputGradient, row), scaleGradient, accumulate);
        }

        if (shiftGradient is not null)
        {
            AddColumnSums(outputGradient, shiftGradient);
        }
    }

    /// <inheritdoc/>
    public void RmsNormGradient(
        Tensor input,
        Tensor scale,
        float epsilon,
        bool unitOffset,
        Tensor outputGradient,
        Tensor? inputGradient,
        Tensor? scaleGradient,
        bool accumulate = false)
    {
        int width = checked((int)scale.Length);
        int rows = checked((int)(input.Length / width));
        var normalized = new double[width];
        for (int row = 0; row < rows; row++)
        {
            var x = input.Reshape(rows, width).Row(row).ToArray();
            double factor = 1 / Math.Sqrt(x.Average(value => (double)value * value) + epsilon);
            for (int i = 0; i < width; i++)
            {
                normalized[i] = x[i] * factor;
            }

            var gradient = outputGradient.Reshape(rows, width).Row(row);
            var target = Row(inputGradient?.Reshape(rows, width), row);
            NormGradient(normalized, factor, false, scale, unitOffset ? 1 : 0, gradient, target, scaleGradient, accumulate);
        }
    }

    /// <inheritdoc/>
    public void ScatterAdd(Tensor rows, ReadOnlySpan<int> ids, Tensor table, int? skipped = null)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            for (int c = 0; ids[i] != skipped && c < table.Columns; c++)
            {
                table.Row(ids[i])[c] += rows.Row(i)[c];
            }
        }
    }

    /// <inheritdoc/>
    public void AddColumnSums(Tensor input, Tensor sums)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            double sum = sums.Span[i];
            for (int row = 0; row < input.RowCount; row++)
            {
                sum += input.Row(row)[i];
            }

            sums.Span[i] = (float)sum;
        }
    }

    /// <inheritdoc/>
    public void CrossEntropyGradient(Tensor logits, ReadOnlySpan<int> targets, float factor, Tensor gradient, float smoothing = 0)
    {
        for (int row = 0; row < targets.Length; row++)
        {
            double[] values = [.. logits.Row(row).ToArray().Select(value => (double)value)];
            SoftmaxInPlace(values);
            for (int i = 0; i < values.Length; i++)
            {
                double difference = values[i] - (i == targets[row] ? 1.0 - smoothing : 0) - ((double)smoothing / values.Length);
                gradient.Row(row)[i] = targets[row] == -100 ? 0 : (float)(factor * difference);
            }
        }
    }

    /// <inheritdoc/>
    public unsafe void Narrow(Tensor tensor, NativeBuffer words)
    {
        var output = new Span<ushort>(words.Pointer, checked((int)tensor.Length));
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = (ushort)(BitConverter.SingleToUInt32Bits(StorageRounding.RoundToBFloat16(tensor.Span[i])) >> 16);
        }
    }

    /// <inheritdoc/>
    public unsafe void Widen(NativeBuffer words, Tensor tensor)
    {
        var input = new ReadOnlySpan<ushort>(words.Pointer, checked((int)tensor.Length));
        for (int i = 0; i < input.Length; i++)
        {
            tensor.Span[i] = BitConverter.UInt32BitsToSingle((uint)input[i] << 16);
        }
    }

    /// <inheritdoc/>
    public void Dropout(Tensor tensor, float rate, RandomStream stream, long first = 0)
    {
        DropoutRule.CheckRate(rate);
        for (int i = 0; i < tensor.Length; i++)
        {
            tensor.Span[i] = DropoutRule.Drops(stream, first + i, DropoutRule.Threshold(rate)) ? 0 : tensor.Span[i] * DropoutRule.Factor(rate);
        }
    }

    private static Span<float> Row(Tensor? tensor, int row) => tensor is null ? default : tensor.Row(row);

    /// <summary>
    /// One row, given its normalised values and the factor that made them: with g the gradient times scale, <c>factor * (g - mean(g) -
    /// normalized * mean(g * normalized))</c>, where the first mean is there only if the row was centred.
    /// </summary>
    private static void NormGradient(
        double[] normalized,
        double factor,
        bool isCentred,
        Tensor? scale,
        double offset,
        Span<float> outputGradient,
        Span<float> inputGradient,
        Tensor? scaleGradient,
        bool accumulate)
    {
        var g = new double[normalized.Length];
        for (int i = 0; i < g.Length; i++)
        {
            g[i] = outputGradient[i] * (scale is null ? 1 : scale.Span[i] + offset);
        }

        double mean = isCentred ? g.Average() : 0;
        double slope = g.Zip(normalized, (left, right) => left * right).Average();
        for (int i = 0; i < g.Length; i++)
        {
            if (scaleGradient is not null)
            {
                scaleGradient.Span[i] += (float)(outputGradient[i] * normalized[i]);
            }

            if (!inputGradient.IsEmpty)
            {
                inputGradient[i] = (float)((accumulate ? inputGradient[i] : 0) + (factor * (g[i] - mean - (normalized[i] * slope))));
            }
        }
    }
}
