using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.SparseTraining;

/// <summary>What a method is given for one run.</summary>
public sealed record SparsifierContext
{
    /// <summary>What computes; stays the caller's.</summary>
    public required IBackend Backend { get; init; }

    /// <summary>The model that will be trained, with loaded values; stays the caller's.</summary>
    public required TransformerModel Model { get; init; }

    /// <summary>Where to get to.</summary>
    public SparseTargets Targets { get; init; } = new();

    /// <summary>What the model is trained for, as its records name it: <c>sst2</c>; empty where that has no name.</summary>
    public string Task { get; init; } = "";

    /// <summary>Seed of what the method draws at random, if it draws.</summary>
    public ulong Seed { get; init; }
}
