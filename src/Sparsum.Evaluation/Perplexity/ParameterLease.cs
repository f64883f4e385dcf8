using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Evaluation.Perplexity;

/// <summary>Loads the parameters that are not there yet and gives up exactly those again; what the caller had loaded stays.</summary>
internal sealed class ParameterLease : IDisposable
{
    private readonly List<Parameter> loaded = [];
    private readonly List<Linear> packed = [];

    public ParameterLease(IEnumerable<Parameter> parameters, Action<Parameter> load)
    {
        foreach (var parameter in parameters.Where(parameter => !parameter.IsLoaded))
        {
            load(parameter);
            loaded.Add(parameter);
        }
    }

    /// <summary>Packs layers whose weight is on lease: a streamed block runs over every batch, which pays for the packing.</summary>
    public void Pack(IEnumerable<Linear> layers, IBackend backend)
    {
        foreach (var layer in layers.Where(layer => layer.PackedBytes == 0 && loaded.Contains(layer.Weight)))
        {
            layer.Pack(backend, StorageType.Sparse, releaseWeight: true);
            packed.Add(layer);
        }
    }

    public void Dispose()
    {
        packed.ForEach(layer => layer.Unpack());
        loaded.ForEach(parameter => parameter.Release());
    }
}
