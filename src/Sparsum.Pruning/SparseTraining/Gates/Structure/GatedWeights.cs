using System.Numerics.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Gates.Structure;

/// <summary>
/// Gates put into weights, which is exact: what a gate multiplies comes out of a matrix, a norm or a table, whose values it can multiply
/// instead. Gates of heads and neurons are factors on columns of the matrices behind them, those of parts on whole matrices with their biases, those
/// of hidden features on rows of these matrices, on norms and on embeddings. Gradients of gates and of plain weights are read off those
/// of the gated ones.
/// </summary>
internal sealed class GatedWeights
{
    private readonly GateLayout layout;
    private readonly List<Matrix> matrices = [];
    private readonly List<Columns> columns = [];
    private double[] gates = [];

    /// <summary>Takes memory for the plain values.</summary>
    /// <param name="layout">The gates.</param>
    public GatedWeights(GateLayout layout)
    {
        this.layout = layout;
        matrices.AddRange(layout.Modules.Select((module, i) => new Matrix(
            module.Attention.Output, layout.HeadsOf[i].Start.Value, module.Attention.HeadSize, layout.ModuleGates.Start.Value + i)));
        matrices.AddRange(layout.FeedForwards.Select((item, i) => new Matrix(
            item.Layer.Down, layout.NeuronsOf[i].Start.Value, 1, layout.FeedForwardGates.Start.Value + i)));
        if (layout.HasHidden)
        {
            columns.AddRange(layout.Model.HiddenNorms.SelectMany(norm => norm.Parameters).Select(parameter => new Columns(parameter)));
            columns.AddRange(layout.Model.EmbeddingParameters.Where(parameter => parameter.Shape.Length == 2).Select(parameter => new Columns(parameter)));
        }
    }

    /// <summary>Remembers the plain values and puts gated ones in their place.</summary>
    /// <param name="values">The gates.</param>
    public void Apply(double[] values)
    {
        gates = values;
        foreach (var matrix in matrices)
        {
            matrix.Apply(values, HiddenStart);
        }

        foreach (var column in columns)
        {
            column.Apply(values.AsSpan(layout.Hidden));
        }

        var alive = layout.HasHidden ? values[layout.Hidden].Index().Where(gate => gate.Item != 0).Select(gate => gate.Index).ToArray() : null;
        foreach (var norm in layout.HasHidden ? layout.Model.HiddenNorms : [])
        {
            norm.Limit(alive);
        }

        foreach (var (block, part, isClosed) in Parts(values))
        {
            block.Unnormalized = isClosed ? block.Unnormalized | part : block.Unnormalized & ~part;
        }
    }

    /// <summary>Parts of blocks that add exactly nothing.</summary>
    /// <param name="values">The gates.</param>
    public IEnumerable<(TransformerBlock Block, BlockParts Part, bool IsClosed)> Parts(double[] values) => layout.Modules
        .Select((module, i) => (
            module.Block,
            GateLayout.PartOf(module),
            IsClosed(values, layout.ModuleGates.Start.Value + i, layout.HeadsOf[i], module.Attention.Output)))
        .Concat(layout.FeedForwards.Select((item, i) => (
            item.Block,
            BlockParts.FeedForward,
            IsClosed(values, layout.FeedForwardGates.Start.Value + i, layout.NeuronsOf[i], item.Layer.Down))));

    /// <summary>The gradients of the gates; those of the parameters become what they are for plain weights.</summary>
    public double[] TakeGradients()
    {
        double[] gradients = new double[layout.Count];
        foreach (var matrix in matrices)
        {
            matrix.TakeGradients(gates, gradients, HiddenStart);
        }

        foreach (var column in columns)
        {
            column.TakeGradients(gates.AsSpan(layout.Hidden), gradients.AsSpan(layout.Hidden));
        }

        return gradients;
    }

    /// <summary>Takes the gates away.</summary>
    public void Restore()
    {
        matrices.ForEach(matrix => matrix.Restore());
        columns.ForEach(column => column.Restore());
        foreach (var norm in layout.HasHidden ? layout.Model.HiddenNorms : [])
        {
            norm.Limit(null);
        }

        foreach (var (block, part, _) in Parts(gates))
        {
            block.Unnormalized &= ~part;
        }
    }

    private int? HiddenStart => layout.HasHidden ? layout.Hidden.Start.Value : null;

    private static bool IsClosed(double[] values, int part, Range members, Linear output) =>
        values[part] == 0 || (output.Bias is null && values[members].All(gate => gate == 0));

    /// <summary>A matrix that writes to the hidden states, with its bias.</summary>
    /// <param name="linear">The matrix.</param>
    /// <param name="start">The gate of its first group of columns.</param>
    /// <param name="groupSize">Columns of a group.</param>
    /// <param name="part">The gate of all of it.</param>
    private sealed class Matrix(Linear linear, int start, int groupSize, int part)
    {
        private readonly int[] groups = [.. Enumerable.Range(0, linear.InputSize).Select(column => column / groupSize)];
        private readonly float[] weight = new float[linear.Weight.Value.Length];
        private readonly float[] bias = new float[linear.Bias?.Value.Length ?? 0];

        public void Apply(double[] gates, int? hidden)
        {
            linear.Unpack();
            linear.Weight.Value.Span.CopyTo(weight);
            linear.Bias?.Value.Span.CopyTo(bias);
            float[] columns = Columns(gates);
            for (int row = 0; row < linear.OutputSize; row++)
            {
                float outer = Outer(gates, hidden, row);
                var target = linear.Weight.Value.Row(row);
                for (int column = 0; column < target.Length; column++)
                {
                    target[column] *= columns[column] * outer;
                }

                if (linear.Bias is not null)
                {
                    linear.Bias.Value.Span[row] *= outer;
                }
            }
        }

        public void TakeGradients(double[] gates, double[] gradients, int? hidden)
        {
            var gradient = linear.Weight.Gradient!;
            float[] columns = Columns(gates);
            double[] products = new double[columns.Length / groupSize];
            for (int row = 0; row < linear.OutputSize; row++)
            {
                var own = gradient.Row(row);
                var plain = weight.AsSpan(row * own.Length, own.Length);

                // A closed part passes the norm and the gates of hidden features by.
                double feature = hidden is { } first && gates[part] != 0 ? gates[first + row] : 1;
                float outer = Outer(gates, hidden, row);
                double onRow = 0;
                for (int column = 0; column < own.Length; column++)
                {
                    double product = (double)own[column] * plain[column];
                    products[groups[column]] += product * feature;
                    onRow += product * columns[column];
                    own[column] *= columns[column] * outer;
                }

                if (linear.Bias is { } shift)
                {
                    double product = (double)shift.Gradient!.Span[row] * bias[row];
                    onRow += product;
                    shift.Gradient.Span[row] *= outer;
                }

                gradients[part] += onRow * feature;
                if (hidden is { } begin)
                {
                    gradients[begin + row] += onRow * gates[part];
                }
            }

            for (int group = 0; group < products.Length; group++)
            {
                gradients[start + group] += products[group] * gates[part];
            }
        }

        public void Restore()
        {
            weight.CopyTo(linear.Weight.Value.Span);
            if (linear.Bias is not null)
            {
                bias.CopyTo(linear.Bias.Value.Span);
            }
        }

        private float Outer(double[] gates, int? hidden, int row) => (float)((hidden is { } first ? gates[first + row] : 1) * gates[part]);

        private float[] Columns(double[] gates) => [.. groups.Select(group => (float)gates[start + group])];
    }

    /// <summary>A norm's parameter, or a table of embeddings: a column for each hidden feature.</summary>
    private sealed class Columns(Parameter parameter)
    {
        private readonly float[] plain = new float[parameter.Value.Length];

        public void Apply(ReadOnlySpan<double> gates)
        {
            float[] factors = Factors(gates);
            parameter.Value.Span.CopyTo(plain);
            for (int row = 0; row < parameter.Value.RowCount; row++)
            {
                TensorPrimitives.Multiply(parameter.Value.Row(row), factors, parameter.Value.Row(row));
            }
        }

        public void TakeGradients(ReadOnlySpan<double> gates, Span<double> gradients)
        {
            float[] factors = Factors(gates);
            var gradient = parameter.Gradient!;
            int width = gradient.Columns;
            for (int row = 0; row < gradient.RowCount; row++)
            {
                // Most rows of a table are not looked up in a batch.
                var own = gradient.Row(row);
                if (!own.ContainsAnyExcept(0f))
                {
                    continue;
                }

                for (int column = 0; column < width; column++)
                {
                    gradients[column] += (double)own[column] * plain[(row * width) + column];
                }

                TensorPrimitives.Multiply(own, factors, own);
            }
        }

        public void Restore() => plain.CopyTo(parameter.Value.Span);

        private static float[] Factors(ReadOnlySpan<double> gates)
        {
            float[] factors = new float[gates.Length];
            TensorPrimitives.ConvertTruncating(gates, factors.AsSpan());
            return factors;
        }
    }
}
