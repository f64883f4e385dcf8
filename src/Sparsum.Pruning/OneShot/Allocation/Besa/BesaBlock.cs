using Sparsum.Core;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.OneShot.Masks;
using Sparsum.Pruning.OneShot.Streaming;
using Sparsum.Tensors;
using Sparsum.Tensors.Autograd;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Allocation.Besa;

/// <summary>Learns the sparsities of the matrices of one loaded block by gradient, one calibration sequence per step.</summary>
internal sealed class BesaBlock : IDisposable
{
    private readonly TransformerModel model;
    private readonly TransformerBlock block;
    private readonly BesaLearning options;
    private readonly Prodigy optimizer;
    private readonly float[] theta;
    private readonly float[] gradient;
    private readonly long elements;

    /// <summary>Takes a loaded block, whose weights are masked from now on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="block">The block.</param>
    /// <param name="score">Gives the scorer of each layer.</param>
    /// <param name="options">How to learn.</param>
    /// <param name="threads">Most threads to use.</param>
    public BesaBlock(TransformerModel model, TransformerBlock block, Func<Linear, RowScorer> score, BesaLearning options, int threads)
    {
        this.model = model;
        this.block = block;
        this.options = options;
        Layers = [.. block.Linears.Select(linear => new BesaLayer(linear, score(linear), options, threads))];
        theta = new float[Layers.Sum(layer => layer.ParameterCount)];
        gradient = new float[theta.Length];
        optimizer = new Prodigy(theta, options.DistanceCoefficient);
        elements = Layers.Sum(layer => layer.Elements);
    }

    /// <summary>The layers in the order of the block.</summary>
    public IReadOnlyList<BesaLayer> Layers { get; }

    /// <summary>Runs all epochs, then masks the block with what was learned.</summary>
    /// <param name="computation">The operations.</param>
    /// <param name="calibration">The sequences.</param>
    /// <param name="inputs">What enters the block, <c>[tokens of all sequences, hidden]</c>.</param>
    /// <param name="reference">What should leave it.</param>
    /// <param name="report">Told of every step that is done.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    /// <exception cref="RunFailedException">A loss is not finite.</exception>
    public IReadOnlyList<BesaStep> Learn(
        Computation computation,
        CalibrationSet calibration,
        Tensor inputs,
        Tensor reference,
        Action<int, int> report,
        CancellationToken cancellationToken)
    {
        var steps = new List<BesaStep>();
        var sequences = CalibrationBatches.Sequences(calibration).ToArray();
        int total = options.Epochs * sequences.Length;
        using var tape = computation.Record(isTraining: false);
        tape.Watch(block.Linears.Select(linear => linear.Weight));
        for (int number = 0; number < total; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            report(number, total);
            var (first, ids) = sequences[number % sequences.Length];
            var pass = model.BeginPass(computation, new TokenBatch(ids, 1));
            steps.Add(Step(pass, tape, inputs.Rows(first, ids.Length), reference.Rows(first, ids.Length)));
        }

        MaskLayers();
        return steps;
    }

    /// <summary>The learned sparsities of every layer.</summary>
    public IReadOnlyList<float[]> Sparsities()
    {
        var sparsities = new List<float[]>();
        int offset = 0;
        foreach (var layer in Layers)
        {
            sparsities.Add(layer.Sparsities(theta.AsSpan(offset, layer.ParameterCount)));
            offset += layer.ParameterCount;
        }

        return sparsities;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var layer in Layers)
        {
            layer.Dispose();
        }
    }

    private BesaStep Step(ForwardPass pass, Tape tape, Tensor input, Tensor reference)
    {
        double mean = MaskLayers();
        double excess = (mean - options.Sparsity) / options.Sparsity;
        double penalty = options.Penalty * excess * excess;
        double reconstruction = Differentiate(pass, tape, input, reference);
        double slope = 2 * options.Penalty * excess / options.Sparsity;
        int offset = 0;
        foreach (var layer in Layers)
        {
            layer.Backward(theta, offset, slope * layer.Elements / elements, gradient);
            offset += layer.ParameterCount;
        }

        optimizer.Step(theta, gradient);
        return new BesaStep(reconstruction, penalty, mean, optimizer.Distance);
    }

    /// <summary>Masks every layer as its parameters say; returns their mean sparsity by size.</summary>
    private double MaskLayers()
    {
        double sum = 0;
        foreach (var (layer, sparsities) in Layers.Zip(Sparsities()))
        {
            layer.Mask(sparsities);
            sum += sparsities.Average(value => (double)value) * layer.Elements;
        }

        return sum / elements;
    }

    private double Differentiate(ForwardPass pass, Tape tape, Tensor input, Tensor reference)
    {
        foreach (var linear in block.Linears)
        {
            linear.Weight.Gradient!.Clear();
        }

        using var output = block.Forward(pass, input);
        using var outputGradient = pass.Computation.Workspace.Rent(output.Shape);
        double loss = ReconstructionLoss.Compute(output, reference, outputGradient);
        if (!double.IsFinite(loss))
        {
            tape.Reset();
            throw new RunFailedException("loss-not-finite", $"The reconstruction of block {block.Index} is not finite.")
            {
                Found = FormattableString.Invariant($"{loss}"),
                Expected = "a finite number",
                Hint = "Check the dense model by its perplexity; its weights may be damaged.",
            };
        }

        tape.Seed(output, outputGradient);
        tape.Backward();
        return loss;
    }
}

/// <summary>What one step of learning saw.</summary>
/// <param name="Reconstruction">Distance of the block's output from the reference.</param>
/// <param name="Penalty">Weighted distance of the sparsity from the target.</param>
/// <param name="Sparsity">Mean of the learned sparsities, by size, before the step.</param>
/// <param name="Distance">Prodigy's estimate after the step.</param>
internal sealed record BesaStep(double Reconstruction, double Penalty, double Sparsity, double Distance)
{
    /// <summary>What is minimised.</summary>
    public double Loss => Reconstruction + Penalty;
}
