using System.Globalization;
using Sparsum.Benchmarks.Sparse;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Benchmarks.Generation;

/// <summary>
/// Passes of single tokens through a LLaMA of 106 million random weights: of 1, 4 and 8 prompts together, and of one prompt behind a long context
/// with keys and values in each storage. Contenders take turns.
/// </summary>
internal static class DecodingComparison
{
    private const int Rounds = 9;
    private const int Repeats = 3;
    private const int Steps = Rounds * (Repeats + 1);

    private static readonly LlamaConfig Config = new()
    {
        VocabSize = 8192,
        HiddenSize = 1024,
        IntermediateSize = 2816,
        NumHiddenLayers = 8,
        NumAttentionHeads = 16,
        NumKeyValueHeads = 4,
        MaxPositionEmbeddings = 16384,
    };

    private static readonly (string Name, StorageType Storage)[] Storages =
        [("float32", StorageType.Float32), ("bfloat16", StorageType.BFloat16), ("int8-rows-a16", StorageType.Int8RowsA16), ("int8", StorageType.Int8)];

    private static IReadOnlyList<StorageType> Caches => KeyValueRows.Storages;

    /// <summary>Arguments: threads (default 1), and tokens of the long context (default 8192).</summary>
    public static int Run(string[] arguments)
    {
        int threads = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1;
        int context = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 8192;
        using var backend = new CpuBackend(threads);
        using var computation = new Computation(backend);
        using var model = (CausalLanguageModel)RandomInitialization.Create(Config, 1);
        Console.WriteLine($"{Processor.Name}; {backend.Description}");
        Console.WriteLine("| weights | prompts | ms a step | tokens/s | 1 prompt's time for as many / it |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: |");
        foreach (var (name, storage) in Storages)
        {
            foreach (var linear in model.Linears)
            {
                linear.Pack(backend, storage, releaseWeight: false);
            }

            int[] counts = [1, 4, 8];
            Compare(computation, model, [.. counts.Select(count => (count, 128, StorageType.Float32))], threads, (i, timings) =>
                $"| `{name}` | {counts[i]} | {timings.Median(i) * 1e3:F1} | {counts[i] / timings.Median(i):F1} | {timings.Ratio(i, 0) * counts[i]:F2} |");
        }

        // The weights are in int8 now.
        Console.WriteLine();
        Console.WriteLine($"| keys and values of {context} tokens | MB | ms a step | float32 / it | middle half |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: |");
        Compare(computation, model, [.. Caches.Select(storage => (1, context, storage))], threads, (i, timings) =>
        {
            using var cache = model.CreateCache(1, context, Caches[i]);
            var (low, high) = timings.Spread(i, 0);
            return $"| {Caches[i]} | {cache.ByteCount / 1e6:F0} | {timings.Median(i) * 1e3:F1} | {timings.Ratio(i, 0):F2} | {low:F2}–{high:F2} |";
        });
        return 0;
    }

    private static void Compare(
        Computation computation,
        CausalLanguageModel model,
        (int Prompts, int Context, StorageType Storage)[] cases,
        int threads,
        Func<int, Timings, FormattableString> row)
    {
        var caches = cases.Select(entry => Enumerable.Range(0, entry.Prompts).Select(_ => Fill(model, entry.Context, entry.Storage)).ToArray()).ToArray();
        var timings = Interleaved.Time([.. caches.Select((own, i) => new Contender($"{cases[i]}", () => Step(computation, model, own)))], Rounds, Repeats, threads == 1);
        for (int i = 0; i < cases.Length; i++)
        {
            Console.WriteLine(row(i, timings).ToString(CultureInfo.InvariantCulture));
            Array.ForEach(caches[i], cache => cache.Dispose());
        }
    }

    private static void Step(Computation computation, CausalLanguageModel model, KeyValueCache[] caches)
    {
        var batch = new TokenBatch(new int[caches.Length], caches.Length) { Positions = [.. caches.Select(cache => cache.Length)] };
        var pass = model.BeginPass(computation, batch, new JoinedCaches(caches)) with { IsRowwise = true };
        using var logits = model.Forward(pass, batch);
    }

    /// <summary>A cache with random keys and values: what they are changes no time.</summary>
    private static KeyValueCache Fill(CausalLanguageModel model, int tokens, StorageType storage)
    {
        var cache = model.CreateCache(1, tokens + Steps, storage);
        foreach (var block in model.Blocks)
        {
            using var rows = RandomWeight.Create(tokens, cache.Keys(block.Index).Columns, 0, 1);
            cache.Append(block.Index, rows, rows, tokens);
        }

        cache.Advance(tokens);
        return cache;
    }
}
