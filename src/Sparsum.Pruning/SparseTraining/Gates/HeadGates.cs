using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.SparseTraining.Gates;

/// <summary>
/// Gates on the contexts of heads, which multiply what a head gives before the output projection. A gate on a context is the same as a
/// factor on the head's columns of that projection, so it is put there, and its gradient is read off the projection's:
/// <c>∂loss/∂g_h = Σ ∂loss/∂W'[:, h] · W[:, h]</c> with <c>W'</c> the gated and <c>W</c> the plain weight.
/// </summary>
internal sealed class HeadGates : IDisposable
{
    private readonly Tensor[] plain;

    /// <summary>Remembers the projections as they are.</summary>
    /// <param name="modules">The modules, with loaded weights.</param>
    public HeadGates(IReadOnlyList<AttentionLayer> modules)
    {
        Modules = modules;
        foreach (var module in modules)
        {
            module.Output.Unpack();
        }

        plain = [.. modules.Select(module => module.Output.Weight.Value.Clone())];
    }

    /// <summary>The modules.</summary>
    public IReadOnlyList<AttentionLayer> Modules { get; }

    /// <summary>Puts gates in place.</summary>
    /// <param name="gates">For each module one for each head that is there.</param>
    public void Apply(IReadOnlyList<double[]> gates) => ForEachHead((module, head, row, size) =>
    {
        var source = plain[module].Row(row).Slice(head * size, size);
        var target = Modules[module].Output.Weight.Value.Row(row).Slice(head * size, size);
        float gate = (float)gates[module][head];
        for (int i = 0; i < size; i++)
        {
            target[i] = source[i] * gate;
        }
    });

    /// <summary>The gradients of the gates.</summary>
    /// <param name="outputGradients">The gradient of each module's projection as it is, gates included.</param>
    public double[][] Gradients(IReadOnlyList<Tensor> outputGradients)
    {
        double[][] gradients = [.. Modules.Select(module => new double[module.HeadCount])];
        ForEachHead((module, head, row, size) =>
        {
            var weight = plain[module].Row(row).Slice(head * size, size);
            var gradient = outputGradients[module].Row(row).Slice(head * size, size);
            for (int i = 0; i < size; i++)
            {
                gradients[module][head] += (double)weight[i] * gradient[i];
            }
        });
        return gradients;
    }

    /// <summary>Takes the gates away.</summary>
    public void Restore()
    {
        foreach (var (module, weight) in Modules.Zip(plain))
        {
            weight.Span.CopyTo(module.Output.Weight.Value.Span);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var weight in plain)
        {
            weight.Dispose();
        }
    }

    private void ForEachHead(Action<int, int, int, int> action)
    {
        foreach (var (index, module) in Modules.Index())
        {
            for (int row = 0; row < plain[index].RowCount; row++)
            {
                for (int head = 0; head < module.HeadCount; head++)
                {
                    action(index, head, row, module.HeadSize);
                }
            }
        }
    }
}
