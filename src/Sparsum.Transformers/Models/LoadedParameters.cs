using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// Parameters whose values are in memory until this is disposed. What was in memory before stays, so that one may be asked for by several.
/// </summary>
public sealed class LoadedParameters : IDisposable
{
    private readonly List<Parameter> loaded = [];
    private readonly List<Linear> packed = [];

    /// <summary>Reads the values that are not there yet; of a load that fails nothing stays.</summary>
    /// <exception cref="Core.InvalidInputException">The file is damaged, or values are NaN or infinite.</exception>
    public LoadedParameters(PretrainedModel pretrained, IEnumerable<Parameter> parameters, CancellationToken cancellationToken = default)
        : this(parameters, missing => pretrained.Load(missing, cancellationToken))
    {
    }

    /// <summary>Has values read that are not there yet; of a load that fails nothing stays.</summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="load">Reads those that have no values.</param>
    public LoadedParameters(IEnumerable<Parameter> parameters, Action<IReadOnlyList<Parameter>> load)
    {
        loaded.AddRange(parameters.Where(parameter => !parameter.IsLoaded).Distinct());
        try
        {
            load(loaded);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// Packs layers whose weight was read for this: a block that runs over many batches pays for the packing. Zeros that are worth it are
    /// left out; results are those of the dense weight.
    /// </summary>
    public void Pack(IEnumerable<Linear> layers, IBackend backend)
    {
        foreach (var layer in layers.Where(layer => layer.PackedBytes == 0 && loaded.Contains(layer.Weight)))
        {
            layer.Pack(backend, StorageType.Sparse, releaseWeight: true);
            packed.Add(layer);
        }
    }

    /// <summary>Releases the values.</summary>
    public void Dispose()
    {
        packed.ForEach(layer => layer.Unpack());
        loaded.ForEach(parameter => parameter.Release());
    }
}
