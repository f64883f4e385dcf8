using System.ComponentModel;
using System.Numerics.Tensors;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Statistics;
using Tensor = Sparsum.Tensors.Tensor;

namespace Sparsum.Pruning.OneShot.Methods;

/// <summary>
/// <c>|W_rc| · out_r · in_c</c> with <c>A_rc = |W_rc|·‖X_c‖</c>, <c>out_r = mean_c A_rc</c>, <c>in_c = mean_r A_rc</c>: a weight matters as
/// an edge between two neurons that matter (Farina et al. 2024, MULTIFLOW). Means in double precision, the product in float32.
/// </summary>
[Description("|W| times the importance of both neurons that it joins (Farina et al. 2024)")]
public sealed class Multiflow : ISaliency
{
    private readonly MultiflowOptions options;

    /// <summary>Takes its settings.</summary>
    /// <param name="options">The settings; null for the defaults.</param>
    public Multiflow(MultiflowOptions? options = null)
    {
        this.options = options ?? new MultiflowOptions();
        this.options.Validate();
    }

    /// <inheritdoc/>
    public string Name => "multiflow";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Settings => options.ToSettings();

    /// <inheritdoc/>
    public bool NeedsCalibration => true;

    /// <inheritdoc/>
    public IPruningMethod ForSearch => options.Float16 ? new Multiflow() : this;

    /// <inheritdoc/>
    public RowScorer Prepare(Tensor weight, LayerStatistics? statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        var (outputs, inputs) = Importance(weight, statistics.InputNorms);
        return (row, scores) =>
        {
            RowKernels.Magnitudes(weight.Row(row), scores);
            TensorPrimitives.Multiply(scores, outputs[row], scores);
            TensorPrimitives.Multiply(scores, inputs, scores);
            if (options.Float16)
            {
                foreach (ref float score in scores)
                {
                    score = (float)(Half)score;
                }
            }
        };
    }

    /// <summary>The means of <c>A</c> over each row and over each column.</summary>
    private static (float[] Outputs, float[] Inputs) Importance(Tensor weight, ReadOnlySpan<float> norms)
    {
        var outputs = new float[weight.RowCount];
        var columnSums = new double[weight.Columns];
        var products = new float[weight.Columns];
        var wide = new double[weight.Columns];
        for (int row = 0; row < outputs.Length; row++)
        {
            RowKernels.Magnitudes(weight.Row(row), norms, products);
            TensorPrimitives.ConvertTruncating<float, double>(products, wide);
            TensorPrimitives.Add(columnSums, wide, columnSums);
            outputs[row] = (float)(TensorPrimitives.Sum<double>(wide) / wide.Length);
        }

        return (outputs, [.. columnSums.Select(sum => (float)(sum / outputs.Length))]);
    }
}

/// <summary>The settings of <see cref="Multiflow"/>.</summary>
public sealed record MultiflowOptions : IMethodOptions
{
    /// <summary>What the published runs of NeuronAl do.</summary>
    public static MultiflowOptions Published { get; } = new() { Float16 = true };

    /// <summary>
    /// Whether the scores that the model is pruned by are rounded to float16 as in the published runs of NeuronAl, where most of those of
    /// models with small weights collapse to a few values or to 0. Candidates of a search are scored in float32 there, and so they are here.
    /// </summary>
    [Description("round the scores of the final pruning to float16 as published runs do; small ones collapse")]
    public bool Float16 { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ToSettings() => SettingText.Of((nameof(Float16), Float16));
}
