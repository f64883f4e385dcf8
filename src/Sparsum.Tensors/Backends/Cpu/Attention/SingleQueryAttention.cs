using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// Attention of one query per sequence, as in token-by-token generation: reads keys and values where they lie and packs nothing.
/// </summary>
internal static unsafe class SingleQueryAttention
{
    /// <summary>Numbers of the keys that all heads of a piece visit before the next: half of a first-level cache.</summary>
    private const int BlockLength = 1 << 12;

    /// <summary>Computes heads of one sequence that share a key/value head; how they are grouped changes no bits.</summary>
    /// <param name="problem">The whole call.</param>
    /// <param name="first">The first head, counted over all sequences.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="scratch">Memory of the worker.</param>
    public static void Run<TFormat>(AttentionProblem problem, int first, int heads, WorkerScratch scratch)
        where TFormat : IKeyFormat
    {
        var options = problem.Options;
        int size = options.HeadSize;
        int sequence = first / options.HeadCount;
        int firstHead = first % options.HeadCount;
        var (start, end) = problem.VisibleKeys(sequence, 0);
        int block = Math.Max(4, BlockLength / size);
        float* output = problem.Output + problem.QueryOffset(sequence, firstHead, 0);
        if (!ScoreBlock.Sees(problem.MaskOf(sequence), start, end))
        {
            float* ones = scratch.Floats(options.KeyLength);
            for (int i = 0; i < heads; i++)
            {
                MeanValue.Write<TFormat>(problem, sequence, firstHead + i, output + (i * size), ones);
            }

            return;
        }

        int width = ScoreBlock.WidthOf(end - start);
        float* scores = scratch.Floats((heads + 1L) * width);
        for (int key = start; key < end; key += block)
        {
            int count = Math.Min(block, end - key);
            var keys = problem.KeysOf(sequence, firstHead, key);
            for (int i = 0; i < heads; i++)
            {
                float* query = problem.Query + problem.QueryOffset(sequence, firstHead + i, 0);
                Kernel.Run(new KeyProductKernel<TFormat>(query, keys, count, size, scores + (i * width) + (key - start)));
            }
        }

        Weigh(problem, sequence, firstHead, heads, start, end, scores, scores + (heads * width));
        new Span<float>(output, heads * size).Clear();
        for (int key = start; key < end; key += block)
        {
            int count = Math.Min(block, end - key);
            var values = problem.ValuesOf(sequence, firstHead, key);
            for (int i = 0; i < heads; i++)
            {
                Kernel.Run(new ContextKernel<TFormat>(
                    scores + (i * width) + (key - start), values, count, output + (i * size), size));
            }
        }
    }

    private static void Weigh(
        AttentionProblem problem, int sequence, int firstHead, int heads, int start, int end, float* scores, float* addends)
    {
        int keys = end - start;
        int width = ScoreBlock.WidthOf(keys);
        byte* mask = problem.MaskOf(sequence);
        ScoreBlock.WriteAddends(mask, start, keys, problem.SlopeOf(firstHead), addends);
        float? cap = problem.Options.SoftCap;
        int first = 0;
        double sum = 0;
        for (int i = 0; i < heads; i++, scores += width)
        {
            new Span<float>(scores + keys, width - keys).Clear();
            if (cap is not null)
            {
                Kernel.Run(new SoftCapKernel(scores, null, 1, width, width, problem.Options.Scale, cap.Value));
            }

            if (i > 0 && problem.Options.KeySlopes is not null)
            {
                ScoreBlock.WriteAddends(mask, start, keys, problem.SlopeOf(firstHead + i), addends);
            }

            float* bias = problem.BiasOf(sequence, firstHead + i, 0);
            var row = new ScoreBlock
            {
                Products = scores,
                Rows = 1,
                Stride = width,
                Keys = keys,
                Scale = cap is null ? problem.Options.Scale : 1,
                Addends = addends,
                Bias = bias is null ? null : bias + start,
                BiasStride = 0,
                First = &first,
                End = &keys,
                Sums = &sum,
                Normalizes = true,
            };
            Kernel.Run(new WeighKernel(&row));
        }
    }
}
