using LLama;
using LLama.Common;
using LLama.Native;

namespace Sparsum.LlamaCpp.Tests;

/// <summary>llama.cpp itself, as the package LLamaSharp brings it along.</summary>
internal sealed class LlamaCpp : IDisposable
{
    private readonly LLamaWeights weights;
    private readonly LLamaContext context;

    public LlamaCpp(string file)
    {
        // Keys and values in full precision: what is compared is the file, not a cache.
        var options = new ModelParams(file)
        {
            ContextSize = 256,
            GpuLayerCount = 0,
            Threads = 2,
            BatchThreads = 2,
            TypeK = GGMLType.GGML_TYPE_F32,
            TypeV = GGMLType.GGML_TYPE_F32,
            FlashAttention = false,
        };
        weights = LLamaWeights.LoadFromFile(options);
        context = weights.CreateContext(options);
    }

    /// <summary>Why the native library cannot be used here; null where it can.</summary>
    public static string? WhyMissing { get; } = Load();

    /// <summary>Ids of a text, with the begin token where the file asks for it.</summary>
    public int[] Tokenize(string text) => [.. context.Tokenize(text, addBos: true, special: true).Select(token => (int)token)];

    /// <summary>The logits behind the last of some ids, and the ids of greatest logit that follow.</summary>
    public (float[] Logits, int[] Greedy) Continue(int[] ids, int count)
    {
        var batch = new LLamaBatch();
        for (int i = 0; i < ids.Length; i++)
        {
            batch.Add(ids[i], i, LLamaSeqId.Zero, i == ids.Length - 1);
        }

        Decode(batch);
        float[] first = context.NativeHandle.GetLogitsIth(ids.Length - 1).ToArray();
        float[] logits = first;
        var greedy = new List<int>();
        while (true)
        {
            int best = Array.IndexOf(logits, logits.Max());
            greedy.Add(best);
            if (greedy.Count == count)
            {
                return (first, [.. greedy]);
            }

            batch.Clear();
            batch.Add(best, ids.Length + greedy.Count - 1, LLamaSeqId.Zero, true);
            Decode(batch);
            logits = context.NativeHandle.GetLogitsIth(0).ToArray();
        }
    }

    public void Dispose()
    {
        context.Dispose();
        weights.Dispose();
    }

    private void Decode(LLamaBatch batch)
    {
        var result = context.Decode(batch);
        if (result != DecodeResult.Ok)
        {
            throw new InvalidOperationException($"llama.cpp: {result}");
        }
    }

    private static string? Load()
    {
        try
        {
            NativeLibraryConfig.All.WithLogCallback((_, _) => { });
            return NativeApi.llama_max_devices() > 0 ? null : "llama.cpp has no device here";
        }
        catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException or LLama.Exceptions.RuntimeError or BadImageFormatException)
        {
            return $"llama.cpp cannot be loaded here: {exception.Message}";
        }
    }
}
