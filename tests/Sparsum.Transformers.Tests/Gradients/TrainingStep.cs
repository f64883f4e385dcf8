using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Transformers.Tests.Gradients;

/// <summary>Forward, loss and backward of a causal language model.</summary>
internal static class TrainingStep
{
    /// <summary>The mean loss; gradients are added to those of the parameters that have one.</summary>
    public static double Run(IBackend backend, CausalLanguageModel model, TokenBatch batch, int[] labels)
    {
        using var computation = new Computation(backend);
        using var tape = computation.Record();
        tape.Watch(model.Parameters);
        using var logits = model.Forward(model.BeginPass(computation, batch), batch);
        int length = batch.Length;
        int[] targets = [.. Enumerable.Range(0, labels.Length).Select(i => i % length == length - 1 ? -100 : labels[i + 1])];
        double loss = computation.CrossEntropy(logits, targets);
        tape.Backward();
        return loss;
    }
}
