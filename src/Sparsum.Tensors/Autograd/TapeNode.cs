namespace Sparsum.Tensors.Autograd;

/// <summary>One recorded operation: the values it needs again, and how it hands gradients from its output to its inputs.</summary>
internal abstract class TapeNode
{
    private readonly Tensor[] saved;

    /// <summary>Keeps the values that <see cref="Backward"/> reads until <see cref="Release"/>; nulls are left out.</summary>
    protected TapeNode(params ReadOnlySpan<Tensor?> needed)
    {
        int count = 0;
        foreach (var tensor in needed)
        {
            count += tensor is null ? 0 : 1;
        }

        saved = count == 0 ? [] : new Tensor[count];
        foreach (var tensor in needed)
        {
            if (tensor is not null)
            {
                tensor.Keep(ReadsExactly);
                saved[^count--] = tensor;
            }
        }
    }

    /// <summary>Whether the gradient wants the values as they were, not rounded: where a small difference of theirs is a large one of its own.</summary>
    protected virtual bool ReadsExactly => false;

    /// <summary>Has the values in float32, if they were kept in less.</summary>
    public void Widen(IBackend backend)
    {
        foreach (var tensor in saved)
        {
            tensor.Widen(backend);
        }
    }

    /// <summary>Adds to the gradients of the inputs what the gradient of the output, if there is one by now, brings.</summary>
    public abstract void Backward(Tape tape, IBackend backend);

    /// <summary>Gives up the values.</summary>
    public void Release()
    {
        foreach (var tensor in saved)
        {
            tensor.Release();
        }
    }
}
