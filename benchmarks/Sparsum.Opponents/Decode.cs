using Sparsum.Benchmarks;
using Sparsum.Benchmarks.Sparse;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Opponents;

/// <summary>One token by four matrices, more than caches hold: what decoding consists of.</summary>
internal static class Decode
{
    private const int Size = 4096;
    private const int Matrices = 4;

    /// <summary>Runs the comparison.</summary>
    public static void Run(CpuBackend backend)
    {
        using var input = RandomWeight.Create(1, Size, 0, 1);
        List<Tensor> weights = [.. Enumerable.Range(0, Matrices).Select(_ => RandomWeight.Create(Size, Size, 0, 1))];
        using var bf16 = new GgmlProducts(weights, input, Ggml.BFloat16, backend.Threads);
        using var q8 = new GgmlProducts(weights, input, Ggml.Q8, backend.Threads);
        var ours = new List<(Contender, int)>
        {
            (new Contender("llama.cpp BF16", bf16.Run), 0),
            (new Contender("llama.cpp Q8_0", q8.Run), 1),
        };
        var packed = new List<PackedWeight>();
        using var output = Tensor.Allocate(1, Size);
        using var exact = Tensor.Allocate(1, Size);
        backend.Linear(input, weights[0], null, Activation.Identity, exact);
        bf16.Run();
        Duel.Check("llama.cpp BF16", exact.Span, bf16.FirstProduct(), 0.02f);
        q8.Run();
        Duel.Check("llama.cpp Q8_0", exact.Span, q8.FirstProduct(), 0.02f);
        Add("bfloat16", StorageType.BFloat16, weights, 0);
        Add("int8", StorageType.Int8, weights, 1);
        Add("int8-rows", StorageType.Int8Rows, weights, 1);
        Add("int8-rows-a16", StorageType.Int8RowsA16, weights, 1);
        foreach (double zeros in new[] { 0.5, 0.7 })
        {
            List<Tensor> pruned = [.. Enumerable.Range(0, Matrices).Select(_ => RandomWeight.Create(Size, Size, zeros, 1))];
            Add($"sparse bfloat16, {zeros * 100} % zeros", StorageType.SparseBFloat16, pruned, 2);
            Add($"sparse int8, {zeros * 100} % zeros", StorageType.SparseInt8, pruned, 3);
            Add($"sparse-int8-rows-a16, {zeros * 100} % zeros", StorageType.SparseInt8RowsA16, pruned, 3);
            Add($"sparse-int8-rows-a16, {zeros * 100} % zeros", StorageType.SparseInt8RowsA16, pruned, 5);
            pruned.ForEach(weight => weight.Dispose());
        }

        Duel.Run($"one token, {Matrices} matrices {Size} x {Size}", ours, 21, 1, backend.Threads == 1);
        packed.ForEach(weight => weight.Dispose());
        weights.ForEach(weight => weight.Dispose());

        void Add(string name, StorageType storage, List<Tensor> matrices, int opponent)
        {
            PackedWeight[] own = [.. matrices.Select(weight => backend.Pack(weight, storage))];
            packed.AddRange(own);
            backend.Linear(input, matrices[0], null, Activation.Identity, exact);
            backend.Linear(input, own[0], null, Activation.Identity, output);
            Duel.Check(name, exact.Span, output.Span, 0.02f);
            ours.Add((new Contender(name, () => Array.ForEach(own, weight => backend.Linear(input, weight, null, Activation.Identity, output))), opponent));
        }
    }
}
