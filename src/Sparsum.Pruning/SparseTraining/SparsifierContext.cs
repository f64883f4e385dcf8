using Sparsum.Pruning.OneShot.Methods;
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

    /// <summary>The settings that were given.</summary>
    public MethodSettings Settings { get; init; } = new(new Dictionary<string, string>());

    /// <summary>Seed of what the method draws at random, if it draws.</summary>
    public ulong Seed { get; init; }
}
