using Sparsum.Tensors.Numerics;

namespace Sparsum.Tensors.Backends.Reference;

/// <summary>
/// Every operation in the plainest way, summed in double precision: the oracle that the fast backend is tested against. One thread,
/// no vectors, no blocking.
/// </summary>
public sealed partial class ReferenceBackend : IBackend
{
    /// <inheritdoc/>
    public string Description => "reference, double precision sums, 1 thread";

    /// <inheritdoc/>
    public int Threads => 1;

    /// <inheritdoc/>
    public void MatMul(MatrixProduct product, Tensor a, Tensor b, Tensor output, bool accumulate = false)
    {
        var (m, n, k) = MatrixShapes.Check(product, a, b, output);
        for (int row = 0; row < m; row++)
        {
            for (int column = 0; column < n; column++)
            {
                double sum = accumulate ? output.Row(row)[column] : 0;
                for (int i = 0; i < k; i++)
                {
                    float left = product == MatrixProduct.TN ? a.Row(i)[row] : a.Row(row)[i];
                    float right = product == MatrixProduct.NT ? b.Row(column)[i] : b.Row(i)[column];
                    sum += (double)left * right;
                }

                output.Row(row)[column] = (float)sum;
            }
        }
    }

    /// <inheritdoc/>
    public void Linear(Tensor input, Tensor weight, Tensor? bias, Activation activation, Tensor output, bool rowwise = false)
    {
        MatMul(MatrixProduct.NT, input, weight, output);
        for (int row = 0; row < output.RowCount; row++)
        {
            var values = output.Row(row);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)Activations.Apply(activation, values[i] + (bias is null ? 0.0 : bias.Span[i]));
            }
        }
    }

    /// <inheritdoc/>
    public void Linear(Tensor input, PackedWeight weight, Tensor? bias, Activation activation, Tensor output, bool rowwise = false)
    {
        using var read = StorageRounding.RoundInput(input, weight.Storage);
        Linear(read, ((ReferenceWeight)weight).Values, bias, activation, output);
    }

    /// <inheritdoc/>
    public PackedWeight Pack(Tensor weight, StorageType storage = StorageType.Float32) => new ReferenceWeight(weight, storage);

    /// <inheritdoc/>
    public void LayerNorm(Tensor input, Tensor? scale, Tensor? shift, float epsilon, Tensor output)
    {
        for (int row = 0; row < input.RowCount; row++)
        {
            var x = input.Row(row);
            double mean = 0;
            foreach (float value in x)
            {
                mean += value;
            }

            mean /= x.Length;
            double variance = 0;
            foreach (float value in x)
            {
                variance += (value - mean) * (value - mean);
            }

            double factor = 1 / Math.Sqrt((variance / x.Length) + epsilon);
            var y = output.Row(row);
            for (int i = 0; i < x.Length; i++)
            {
                y[i] = (float)(((x[i] - mean) * factor * (scale is null ? 1 : scale.Span[i])) + (shift is null ? 0 : shift.Span[i]));
            }
        }
    }

    /// <inheritdoc/>
    public void RmsNorm(Tensor input, Tensor scale, float epsilon, bool unitOffset, Tensor output)
    {
        int width = checked((int)scale.Length);
        var from = input.Reshape(checked((int)(input.Length / width)), width);
        var to = output.Reshape(from.RowCount, width);
        for (int row = 0; row < from.RowCount; row++)
        {
            var x = from.Row(row);
            double squares = 0;
            foreach (float value in x)
            {
                squares += (double)value * value;
            }

            double factor = 1 / Math.Sqrt((squares / width) + epsilon);
            var y = to.Row(row);
            for (int i = 0; i < width; i++)
            {
                y[i] = (float)(x[i] * factor * (scale.Span[i] + (unitOffset ? 1.0 : 0.0)));
            }
        }
    }

    /// <inheritdoc/>
    public void Activate(Activation activation, Tensor input, Tensor output)
    {
        for (int i = 0; i < input.Length; i++)
        {
            output.Span[i] = (float)Activations.Apply(activation, input.Span[i]);
        }
    }

    /// <inheritdoc/>
    public void Gate(Activation activation, Tensor gate, Tensor up, Tensor output)
    {
        for (int i = 0; i < gate.Length; i++)
        {
            output.Span[i] = (float)(Activations.Apply(activation, gate.Span[i]) * up.Span[i]);
        }
    }

    /// <inheritdoc/>
    public void Add(Tensor left, Tensor right, Tensor output)
    {
        for (int i = 0; i < left.Length; i++)
        {
            output.Span[i] = left.Span[i] + right.Span[i];
        }
    }

    /// <inheritdoc/>
    public void Scale(Tensor tensor, float factor)
    {
        foreach (ref float value in tensor.Span)
        {
            value *= factor;
        }
    }

    /// <inheritdoc/>
    public void Rotate(Tensor tensor, int headCount, RotaryTable table, ReadOnlySpan<int> positions, bool inverse = false)
    {
        int half = table.Size / 2;
        int headSize = tensor.Columns / headCount;
        for (int token = 0; token < tensor.RowCount; token++)
        {
            for (int head = 0; head < headCount; head++)
            {
                var x = tensor.Row(token).Slice(head * headSize, headSize);
                for (int i = 0; i < half; i++)
                {
                    double cosine = table.Cosines[(positions[token] * half) + i];
                    double sine = table.Sines[(positions[token] * half) + i] * (inverse ? -1 : 1);
                    var (a, b) = table.IsInterleaved ? (2 * i, (2 * i) + 1) : (i, i + half);
                    (double first, double second) = (x[a], x[b]);
                    x[a] = (float)((first * cosine) - (second * sine));
                    x[b] = (float)((second * cosine) + (first * sine));
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Gather(Tensor table, ReadOnlySpan<int> ids, Tensor output, bool accumulate = false)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            var from = table.Row(ids[i]);
            var to = output.Row(i);
            for (int c = 0; c < from.Length; c++)
            {
                to[c] = accumulate ? to[c] + from[c] : from[c];
            }
        }
    }

    /// <inheritdoc/>
    public void Softmax(Tensor rows)
    {
        for (int row = 0; row < rows.RowCount; row++)
        {
            var values = rows.Row(row).ToArray().Select(value => (double)value).ToArray();
            SoftmaxInPlace(values);
            for (int i = 0; i < values.Length; i++)
            {
                rows.Row(row)[i] = (float)values[i];
            }
        }
    }

    /// <inheritdoc/>
    public void CrossEntropy(Tensor logits, ReadOnlySpan<int> targets, Span<double> losses, float smoothing = 0)
    {
        for (int row = 0; row < targets.Length; row++)
        {
            losses[row] = 0;
            if (targets[row] == -100)
            {
                continue;
            }

            var values = logits.Row(row);
            double maximum = double.NegativeInfinity;
            foreach (float value in values)
            {
                maximum = Math.Max(maximum, value);
            }

            double sum = 0;
            foreach (float value in values)
            {
                sum += Math.Exp(value - maximum);
            }

            double mean = values.ToArray().Select(value => (double)value).Average();
            losses[row] = maximum + Math.Log(sum) - ((1.0 - smoothing) * values[targets[row]]) - (smoothing * mean);
        }
    }

    /// <inheritdoc/>
    public void AddColumnSquareSums(Tensor input, Span<double> sums)
    {
        for (int row = 0; row < input.RowCount; row++)
        {
            var x = input.Row(row);
            for (int i = 0; i < x.Length; i++)
            {
                sums[i] += (double)x[i] * x[i];
            }
        }
    }

    /// <inheritdoc/>
    public void AddColumnSums(Tensor input, Span<double> sums)
    {
        for (int row = 0; row < input.RowCount; row++)
        {
            var x = input.Row(row);
            for (int i = 0; i < x.Length; i++)
            {
                sums[i] += x[i];
            }
        }
    }

    /// <inheritdoc/>
    public void AddGram(Tensor input, DoubleMatrix sums)
    {
        for (int row = 0; row < input.RowCount; row++)
        {
            var x = input.Row(row);
            for (int i = 0; i < x.Length; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    sums.Row(i)[j] += (double)x[i] * x[j];
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private static void SoftmaxInPlace(Span<double> values)
    {
        double maximum = double.NegativeInfinity;
        foreach (double value in values)
        {
            maximum = Math.Max(maximum, value);
        }

        double sum = 0;
        foreach (ref double value in values)
        {
            value = Math.Exp(value - maximum);
            sum += value;
        }

        foreach (ref double value in values)
        {
            value /= sum;
        }
    }

    private sealed class ReferenceWeight(Tensor weight, StorageType storage) : PackedWeight(weight.RowCount, weight.Columns, storage)
    {
        public Tensor Values { get; } = StorageRounding.Round(weight, storage);

        public override long ByteCount => Values.Length * sizeof(float);

        protected override void Dispose(bool disposing) => Values.Dispose();
    }
}
