using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Cli.Commands;

/// <summary>Named tensors on their way into a safetensors file.</summary>
internal sealed class TensorCollection : IDisposable
{
    private readonly List<(string Name, Tensor Tensor)> items = [];

    public IReadOnlyList<(string Name, Tensor Tensor)> Items => items;

    /// <summary>Keeps a copy under another shape; the tensor stays the caller's.</summary>
    public void Add(string name, Tensor tensor, params ReadOnlySpan<int> shape)
    {
        var copy = Tensor.Allocate(shape);
        tensor.CopyTo(copy);
        items.Add((name, copy));
    }

    public void Write(string path)
    {
        var layout = new SafetensorsLayout([.. items.Select(item => new TensorInfo(item.Name, TensorDataType.F32, item.Tensor.Shape.ToArray()))]);
        using var writer = SafetensorsWriter.Create(path, layout);
        foreach (var (name, tensor) in items)
        {
            writer.Write(name, tensor.Span);
        }

        writer.Complete();
    }

    public void Dispose()
    {
        foreach (var (_, tensor) in items)
        {
            tensor.Dispose();
        }
    }
}
