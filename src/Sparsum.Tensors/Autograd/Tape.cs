using Sparsum.Tensors.Memory;

namespace Sparsum.Tensors.Autograd;

/// <summary>
/// Reverse-mode differentiation. While it is recording, the operations of its <see cref="Computation"/> that depend on a watched tensor
/// leave a node here, which keeps the values that its gradient needs; <see cref="Backward"/> visits the nodes from the last to the first
/// and frees each as it goes. Nothing is recorded, kept or computed for what depends on no watched tensor. Memory comes from the
/// computation's workspace, so steps of equal shapes allocate nothing after the first. Not safe for use by several threads at once.
/// </summary>
public sealed class Tape : IDisposable
{
    private const int LeastNarrowed = 4096;

    private readonly Computation computation;
    private readonly ulong seed;
    private readonly List<TapeNode> nodes = [];
    private readonly Dictionary<Tensor, Tensor> leaves = [];
    private readonly Dictionary<Tensor, Tensor> gradients = [];
    private readonly HashSet<Tensor> results = [];
    private ulong step;
    private uint draws;
    private int sequences;

    internal Tape(Computation computation, ulong seed, bool isTraining, bool rounds, bool recomputes)
    {
        this.computation = computation;
        this.seed = seed;
        IsTraining = isTraining;
        Recomputes = recomputes;
        Workspace.OnKept = rounds ? Narrow : null;
    }

    /// <summary>Whether dropout drops; otherwise the gradients are those of the model as it is used.</summary>
    public bool IsTraining { get; }

    /// <summary>Whether parts that are marked as such keep their input alone and are computed again by <see cref="Backward"/>.</summary>
    public bool Recomputes { get; }

    /// <summary>Number of operations that wait for <see cref="Backward"/>.</summary>
    public int Count => nodes.Count;

    private Workspace Workspace => computation.Workspace;

    /// <summary>
    /// Asks for the gradient of a tensor that exists before the recorded operations, such as a parameter. Every
    /// <see cref="Backward"/> adds it to <paramref name="gradient"/>; both stay the caller's.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes differ, or the tensor is itself the result of a recorded operation.</exception>
    public void Watch(Tensor leaf, Tensor gradient)
    {
        if (!leaf.Shape.SequenceEqual(gradient.Shape))
        {
            throw new ArgumentException($"The gradient of {leaf} has the same shape, not that of {gradient}.", nameof(gradient));
        }

        if (results.Contains(leaf))
        {
            throw new ArgumentException($"{leaf} is the result of a recorded operation; watch what it is computed from.", nameof(leaf));
        }

        leaves[leaf] = gradient;
    }

    /// <summary>Forgets all watched tensors.</summary>
    public void Unwatch() => leaves.Clear();

    /// <summary>Whether a gradient is computed for this tensor.</summary>
    public bool Tracks(Tensor? tensor) => tensor is not null && !IsPaused && (leaves.ContainsKey(tensor) || results.Contains(tensor));

    /// <summary>Whether the gradient of this tensor was asked for.</summary>
    public bool Watches(Tensor tensor) => leaves.ContainsKey(tensor);

    /// <summary>Numbers the step, so that its random decisions are its own and can be repeated.</summary>
    public void BeginStep(long number)
    {
        step = checked((ulong)number);
        draws = 0;
        (FirstSequence, sequences) = (0, 0);
    }

    /// <summary>
    /// Says that what is recorded next is a share of a batch, which is padded like the whole: its random decisions are those that its sequences
    /// would meet in the batch.
    /// </summary>
    /// <param name="first">The first sequence of the share.</param>
    /// <param name="count">Number of its sequences.</param>
    public void BeginShare(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        (FirstSequence, sequences) = (first, count);
    }

    /// <summary>
    /// Adds to the gradient from which <see cref="Backward"/> starts at <paramref name="output"/>; losses recorded as such need none.
    /// </summary>
    /// <exception cref="ArgumentException">Nothing recorded gave the output, or the shapes differ.</exception>
    public void Seed(Tensor output, Tensor gradient)
    {
        if (!results.Contains(output) || !output.Shape.SequenceEqual(gradient.Shape))
        {
            throw new ArgumentException($"{output} is no recorded result with the shape of {gradient}.", nameof(output));
        }

        Add(output, gradient);
    }

    /// <summary>Computes the gradients of everything recorded since the last call, and forgets the record.</summary>
    public void Backward()
    {
        GoBack(0);
        Reset();
    }

    /// <summary>Forgets the record without computing gradients, as after an error; watched tensors stay watched.</summary>
    public void Reset()
    {
        nodes.ForEach(node => node.Release());
        nodes.Clear();
        results.Clear();
        foreach (var gradient in gradients.Values)
        {
            gradient.Dispose();
        }

        gradients.Clear();
    }

    /// <summary>Ends the recording.</summary>
    public void Dispose()
    {
        Reset();
        leaves.Clear();
        Workspace.OnKept = null;
        computation.EndRecording(this);
    }

    internal void Record(TapeNode node, Tensor? result = null)
    {
        nodes.Add(node);
        if (result is not null)
        {
            results.Add(result);
        }
    }

    /// <summary>Whether operations leave no nodes for now, although they draw as if they did.</summary>
    internal bool IsPaused { get; private set; }

    /// <summary>Computes a part without recording it.</summary>
    /// <param name="part">The part.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="place">Where it stood.</param>
    internal Tensor ComputePaused(Func<Tensor, Tensor> part, Tensor input, out TapePlace place)
    {
        place = new TapePlace(draws, FirstSequence, sequences);
        IsPaused = true;
        try
        {
            return part(input);
        }
        finally
        {
            IsPaused = false;
        }
    }

    /// <summary>Computes a part again where it stood, recorded, and goes back through it from the gradient of its result, which is taken over.</summary>
    internal void Replay(TapePlace place, Func<Tensor, Tensor> part, Tensor input, Tensor gradient)
    {
        int first = nodes.Count;
        var here = new TapePlace(draws, FirstSequence, sequences);
        (draws, FirstSequence, sequences) = place;
        using (var output = part(input))
        {
            Give(output, gradient);
        }

        (draws, FirstSequence, sequences) = here;
        GoBack(first);
    }

    /// <summary>The first sequence of the share that is recorded; 0 in a whole batch.</summary>
    internal int FirstSequence { get; private set; }

    /// <summary>The place in the tensor of the whole batch of the first element of that of the share.</summary>
    /// <exception cref="InvalidOperationException">The elements do not fall into sequences.</exception>
    internal long FirstElement(Tensor tensor) => FirstSequence == 0 ? 0
        : tensor.Length % sequences == 0 ? FirstSequence * ((long)tensor.Length / sequences)
        : throw new InvalidOperationException($"{tensor} does not hold {sequences} sequences of one length.");

    /// <summary>The next independent random stream of this step.</summary>
    internal RandomStream NextStream() => new(seed, (step << 32) | draws++);

    /// <summary>A temporary of backward.</summary>
    internal Tensor Rent(ReadOnlySpan<int> shape) => Workspace.Rent(shape);

    /// <summary>The gradient of a result so far, which stays here; null if nothing depends on the result.</summary>
    internal Tensor? Find(Tensor result) => gradients.GetValueOrDefault(result);

    /// <summary>The complete gradient of a result, now the caller's; null if nothing depends on it.</summary>
    internal Tensor? Take(Tensor result) => gradients.Remove(result, out var gradient) ? gradient : null;

    /// <summary>Where to write a gradient, and whether to add it to what is there or to overwrite.</summary>
    internal (Tensor Gradient, bool Accumulate) Open(Tensor tensor)
    {
        if (leaves.TryGetValue(tensor, out var leaf))
        {
            return (leaf, true);
        }

        if (gradients.TryGetValue(tensor, out var existing))
        {
            return (existing, true);
        }

        var fresh = Rent(tensor.Shape);
        gradients.Add(tensor, fresh);
        return (fresh, false);
    }

    /// <summary>Where to add a gradient: as <see cref="Open"/>, but cleared if there was none. Null if no gradient is wanted.</summary>
    internal Tensor? OpenSum(Tensor? tensor)
    {
        if (tensor is null || !Tracks(tensor))
        {
            return null;
        }

        var (gradient, accumulate) = Open(tensor);
        if (!accumulate)
        {
            gradient.Clear();
        }

        return gradient;
    }

    /// <summary>Adds a gradient if one is wanted; the given tensor stays the caller's.</summary>
    internal void Add(Tensor tensor, Tensor addend)
    {
        if (!Tracks(tensor))
        {
            return;
        }

        var (gradient, accumulate) = Open(tensor);
        if (accumulate)
        {
            computation.Backend.Add(gradient, addend, gradient);
        }
        else
        {
            addend.CopyTo(gradient);
        }
    }

    /// <summary>Adds a gradient if one is wanted; the given tensor is taken over, without a copy where it is the first.</summary>
    internal void Give(Tensor tensor, Tensor addend)
    {
        if (Tracks(tensor) && !leaves.ContainsKey(tensor) && gradients.TryAdd(tensor, addend))
        {
            return;
        }

        Add(tensor, addend);
        addend.Dispose();
    }

    /// <summary>Visits the nodes from the last to this one, and frees each.</summary>
    private void GoBack(int first)
    {
        for (int i = nodes.Count - 1; i >= first; i--)
        {
            nodes[i].Widen(computation.Backend);
            nodes[i].Backward(this, computation.Backend);
            nodes[i].Release();
            nodes.RemoveAt(i);
        }
    }

    /// <summary>Short tensors are not worth the two passes.</summary>
    private void Narrow(Tensor tensor)
    {
        if (tensor.Length >= LeastNarrowed)
        {
            tensor.Narrow(computation.Backend);
        }
    }
}

/// <summary>What decides about the random numbers of the operations that follow.</summary>
/// <param name="Draws">Streams drawn in the step so far.</param>
/// <param name="FirstSequence">The first sequence of the share.</param>
/// <param name="Sequences">Number of its sequences; 0 in a whole batch.</param>
internal readonly record struct TapePlace(uint Draws, int FirstSequence, int Sequences);
