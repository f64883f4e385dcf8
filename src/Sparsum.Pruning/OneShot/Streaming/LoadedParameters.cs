using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>Parameters whose values are in memory until this is disposed.</summary>
internal sealed class LoadedParameters : IDisposable
{
    private readonly IReadOnlyList<Parameter> parameters;

    /// <summary>Reads the values; of a load that fails nothing stays.</summary>
    public LoadedParameters(PretrainedModel pretrained, IEnumerable<Parameter> parameters, CancellationToken cancellationToken)
    {
        this.parameters = [.. parameters];
        try
        {
            pretrained.Load(this.parameters, cancellationToken);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Releases the values.</summary>
    public void Dispose()
    {
        foreach (var parameter in parameters)
        {
            parameter.Release();
        }
    }
}
