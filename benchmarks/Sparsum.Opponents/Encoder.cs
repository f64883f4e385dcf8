using Sparsum.Benchmarks;
using Sparsum.Benchmarks.Sparse;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;

namespace Sparsum.Opponents;

/// <summary>Many tokens by the matrices of BERT-base's feed-forward layer.</summary>
internal static class Encoder
{
    private const int Tokens = 512;

    /// <summary>Runs the comparison.</summary>
    public static void Run(CpuBackend backend)
    {
        foreach (var (rows, columns) in new[] { (3072, 768), (768, 3072) })
        {
            using var input = RandomWeight.Create(Tokens, columns, 0, 1);
            using var weight = RandomWeight.Create(rows, columns, 0, 1);
            using var output = Tensor.Allocate(Tokens, rows);
            using var exact = Tensor.Allocate(Tokens, rows);
            backend.Linear(input, weight, null, Activation.Identity, exact);
            using var single = new OnnxProduct(weight, input, OnnxWeight.Single, backend.Threads);
            using var bytes = new OnnxProduct(weight, input, OnnxWeight.SignedBytes, backend.Threads);
            using var unsigned = new OnnxProduct(weight, input, OnnxWeight.UnsignedBytes, backend.Threads);
            single.Run();
            Duel.Check("ONNX Runtime float32", exact.Span, single.Result, 1e-4f);
            bytes.Run();
            Duel.Check("ONNX Runtime dynamic int8", exact.Span, bytes.Result, 0.03f);
            unsigned.Run();
            Duel.Check("ONNX Runtime dynamic int8, unsigned", exact.Span, unsigned.Result, 0.03f);
            var entries = new List<(Contender, int)>
            {
                (new Contender("ONNX Runtime float32", single.Run), 0),
                (new Contender("ONNX Runtime dynamic int8", bytes.Run), 1),
                (new Contender("ONNX Runtime dynamic int8, unsigned", unsigned.Run), 2),
            };
            var packed = new List<PackedWeight>();
            Add("float32", StorageType.Float32, 0, 0);
            Add("int8", StorageType.Int8, 0, 1);
            Add("int8", StorageType.Int8, 0, 2);
            Add("int8-rows", StorageType.Int8Rows, 0, 1);
            Add("int8-rows", StorageType.Int8Rows, 0, 2);
            Add("int8-rows-a16", StorageType.Int8RowsA16, 0, 1);
            Add("int8-rows-a16", StorageType.Int8RowsA16, 0, 2);
            foreach (double zeros in new[] { 0.8, 0.9 })
            {
                Add($"sparse float32, {zeros * 100} % zeros", StorageType.Sparse, zeros, 1);
            }

            Duel.Run($"{Tokens} tokens, {columns} to {rows} features", entries, 11, 2, backend.Threads == 1);
            packed.ForEach(own => own.Dispose());

            void Add(string name, StorageType storage, double zeros, int opponent)
            {
                using var own = RandomWeight.Create(rows, columns, zeros, 1);
                var pack = backend.Pack(own, storage);
                packed.Add(pack);
                backend.Linear(input, own, null, Activation.Identity, exact);
                backend.Linear(input, pack, null, Activation.Identity, output);
                Duel.Check(name, exact.Span, output.Span, 0.02f);
                entries.Add((new Contender(name, () => backend.Linear(input, pack, null, Activation.Identity, output)), opponent));
            }
        }
    }
}
