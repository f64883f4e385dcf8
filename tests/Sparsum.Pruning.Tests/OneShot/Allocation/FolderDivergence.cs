using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>The divergence of one model folder from another, by whole forward passes and the definition.</summary>
internal static class FolderDivergence
{
    /// <param name="dense">The folder whose answers are right.</param>
    /// <param name="other">The other one.</param>
    /// <param name="ids">Ready ids.</param>
    /// <param name="first">The first sequence that counts.</param>
    public static double Of(string dense, string other, string ids, int first = 0)
    {
        using var backend = new CpuBackend(1);
        using var computation = new Computation(backend);
        using var p = PretrainedModel.Open(dense);
        using var q = PretrainedModel.Open(other);
        p.LoadAll();
        q.LoadAll();
        double total = 0;
        int tokens = 0;
        foreach (int[] sequence in CalibrationLoader.Load(new CalibrationOptions { File = ids }, p, default).Sequences.Skip(first))
        {
            var batch = new TokenBatch(sequence, 1);
            using var denseLogits = p.LanguageModel.Forward(p.Model.BeginPass(computation, batch), batch);
            using var otherLogits = q.LanguageModel.Forward(q.Model.BeginPass(computation, batch), batch);
            for (int row = 0; row < sequence.Length; row++)
            {
                double[] logP = LogSoftmax(denseLogits.Row(row));
                double[] logQ = LogSoftmax(otherLogits.Row(row));
                total += logP.Zip(logQ, (a, b) => Math.Exp(a) * (a - b)).Sum();
                tokens++;
            }
        }

        return total / tokens;
    }

    private static double[] LogSoftmax(ReadOnlySpan<float> logits)
    {
        double[] values = [.. logits.ToArray().Select(value => (double)value)];
        double sum = Math.Log(values.Sum(Math.Exp));
        return [.. values.Select(value => value - sum)];
    }
}
