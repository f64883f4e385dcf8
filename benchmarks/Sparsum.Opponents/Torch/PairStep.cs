using Sparsum.Tensors;
using Sparsum.Tensors.Autograd;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Training.Optimization;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Opponents.Torch;

/// <summary>Training steps of a T5 as the trainer does them, on one batch of random tokens.</summary>
internal sealed class PairStep : IDisposable
{
    private readonly Computation computation;
    private readonly Tape tape;
    private readonly Optimizer optimizer;
    private readonly TokenBatch tokens;

    /// <summary>Prepares a model with random weights.</summary>
    public PairStep(T5Config config, CpuBackend backend, int batch, int length, int targetLength)
    {
        Model = (EncoderDecoderModel)RandomInitialization.Create(config, 1);
        optimizer = new Optimizer(backend, Model, new OptimizerOptions { WeightDecay = 0.01 });
        computation = new Computation(backend);
        tape = computation.Record(seed: 1);
        var random = new Random(1);
        Ids = Tokens(batch * length);
        Targets = Tokens(batch * targetLength);
        tokens = new TokenBatch(Ids, batch).With(Model.ShiftRight(Targets, batch));

        int[] Tokens(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(2, config.VocabSize))];
    }

    /// <summary>The model.</summary>
    public EncoderDecoderModel Model { get; }

    /// <summary>What the encoder reads, one sequence after the other.</summary>
    public int[] Ids { get; }

    /// <summary>What the decoder is to write.</summary>
    public int[] Targets { get; }

    /// <summary>Does one step and returns the loss before it.</summary>
    public double Run()
    {
        tape.BeginStep(optimizer.StepCount);
        tape.Unwatch();
        optimizer.ClearGradients();
        tape.Watch(Model.Parameters);
        double loss;
        using (var logits = Model.Forward(Model.BeginPass(computation, tokens), tokens))
        {
            loss = computation.CrossEntropy(logits, Targets);
            tape.Backward();
        }

        optimizer.Step(5e-5);
        return loss;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        tape.Dispose();
        computation.Dispose();
        optimizer.Dispose();
        Model.Dispose();
    }
}
