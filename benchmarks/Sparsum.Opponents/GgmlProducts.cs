using Sparsum.Tensors;

namespace Sparsum.Opponents;

/// <summary>Products of one input with several weights in one graph, which llama.cpp's library computes at once.</summary>
internal sealed unsafe class GgmlProducts : IDisposable
{
    private readonly nint context;
    private readonly nint graph;
    private readonly nint first;
    private readonly int threads;
    private readonly int rows;

    /// <summary>Copies weights and input.</summary>
    public GgmlProducts(IReadOnlyList<Tensor> weights, Tensor input, int type, int threads)
    {
        this.threads = threads;
        rows = weights[0].RowCount;
        Ggml.InitCpu();
        long bytes = weights.Sum(weight => weight.Length * sizeof(float)) + (256 << 20);
        context = Ggml.Init(new Ggml.Parameters { Bytes = (nuint)bytes });
        nint x = Ggml.NewMatrix(context, Ggml.Float32, input.Columns, input.RowCount);
        input.Span.CopyTo(new Span<float>((void*)Ggml.Data(x), (int)input.Length));
        graph = Ggml.NewGraph(context);
        foreach (var weight in weights)
        {
            nint w = Ggml.NewMatrix(context, type, weight.Columns, weight.RowCount);
            Ggml.Quantize(type, weight.Pointer, Ggml.Data(w), 0, weight.RowCount, weight.Columns, null);
            nint product = Ggml.Multiply(context, w, x);
            first = first == 0 ? product : first;
            Ggml.Expand(graph, product);
        }
    }

    /// <summary>Computes all products.</summary>
    public void Run() => _ = Ggml.Compute(context, graph, threads);

    /// <summary>The product of the first token with the first weight.</summary>
    public float[] FirstProduct() => new Span<float>((void*)Ggml.Data(first), rows).ToArray();

    /// <inheritdoc/>
    public void Dispose() => Ggml.Free(context);
}
