using Sparsum.Tensors;
using Sparsum.Tensors.Autograd;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Benchmarks.Training;

/// <summary>Training steps of a whole model as the trainer does them: forward, loss, backward, norm of the gradient, AdamW.</summary>
internal sealed class ModelStep : IDisposable
{
    private const int LabelCount = 2;

    private readonly Computation computation;
    private readonly Tape tape;
    private readonly TokenBatch tokens;

    /// <summary>Prepares a model with random weights.</summary>
    /// <param name="shape">The model and its batches.</param>
    /// <param name="backend">What steps the optimiser; stays the caller's.</param>
    /// <param name="operations">What computes forward and backward, if something else.</param>
    /// <param name="rounds">Whether what only gradients need is kept in bfloat16.</param>
    public ModelStep(StepShape shape, CpuBackend backend, IBackend? operations = null, bool rounds = false)
    {
        Model = RandomInitialization.Create(shape.Config, 1);
        Optimizer = new Optimizer(backend, Model, new OptimizerOptions { WeightDecay = 0.01 });
        computation = new Computation(operations ?? backend);
        tape = computation.Record(seed: 1, rounds: rounds);
        var random = new Random(1);
        int[] ids = [.. Enumerable.Range(0, shape.Batch * shape.Length).Select(_ => random.Next(1, shape.Config.VocabSize))];
        tokens = new TokenBatch(ids, shape.Batch);
        Labels = [.. Enumerable.Range(0, shape.Batch).Select(_ => random.Next(LabelCount))];
    }

    /// <summary>The model.</summary>
    public TransformerModel Model { get; }

    /// <summary>The most bytes of activations and their gradients at once.</summary>
    public long MostBytes => computation.Workspace.MostRentedBytes;

    /// <summary>The batch's tokens, one sequence after the other.</summary>
    public int[] InputIds => tokens.InputIds;

    /// <summary>The batch's answers.</summary>
    public int[] Labels { get; }

    /// <summary>Its optimiser.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>Does one step and returns the loss before it.</summary>
    public double Run()
    {
        double loss = ComputeGradients();
        Optimizer.Step(5e-5);
        return loss;
    }

    /// <summary>The part before the optimiser.</summary>
    public double ComputeGradients()
    {
        tape.BeginStep(Optimizer.StepCount);
        tape.Unwatch();
        Optimizer.ClearGradients();
        tape.Watch(Model.Parameters);
        using var logits = Model.Forward(Model.BeginPass(computation, tokens), tokens);
        double loss = computation.CrossEntropy(logits, Labels);
        tape.Backward();
        return loss;
    }

    /// <summary>Removes every second head and every second intermediate neuron.</summary>
    public void RemoveHalf()
    {
        foreach (var block in Model.Blocks)
        {
            Optimizer.Cut(block.Attention.RemoveHeads([.. Enumerable.Range(0, block.Attention.HeadCount / 2).Select(i => 2 * i)]));
            Optimizer.Cut(block.FeedForwards[0].RemoveNeurons([.. Enumerable.Range(0, block.FeedForwards[0].NeuronCount / 2).Select(i => 2 * i)]));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tape.Dispose();
        computation.Dispose();
        Optimizer.Dispose();
        Model.Dispose();
    }
}
