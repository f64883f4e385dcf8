using Sparsum.Core;
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

    /// <summary>Refuses values that are NaN or infinite.</summary>
    /// <exception cref="RunFailedException">A tensor has some.</exception>
    public void RequireFinite(string option)
    {
        foreach (var (name, tensor) in items)
        {
            int count = 0;
            foreach (float value in tensor.Span)
            {
                count += float.IsFinite(value) ? 0 : 1;
            }

            if (count > 0)
            {
                throw new RunFailedException("non-finite-output", $"'{name}' has values that are NaN or infinite; nothing is written.")
                {
                    Found = $"{count} of {tensor.Length} values",
                    Expected = "finite values",
                    Hint = $"Look at the inputs and weights, or add {option} to see the values.",
                };
            }
        }
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
