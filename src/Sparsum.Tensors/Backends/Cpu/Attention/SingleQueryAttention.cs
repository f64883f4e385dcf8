using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// Attention of one query per sequence, as in token-by-token generation: reads keys and values where they lie and packs nothing.
/// </summary>
internal static unsafe class SingleQueryAttention
{
    /// <summary>Floats of the keys that all heads of a piece visit before the next: half of a first-level cache.</summary>
    private const int BlockLength = 1 << 12;

    /// <summary>Computes heads of one sequence that share a key/value head; how they are grouped changes no bits.</summary>
    /// <param name="problem">The whole call.</param>
    /// <param name="first">The first head, counted over all sequences.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="scratch">Memory of the worker.</param>
    public static void Run(AttentionProblem problem, int first, int heads, WorkerScratch scratch)
    {
        var options = problem.Options;
        int size = options.HeadSize;
        int sequence = first / options.HeadCount;
        int firstHead = first % options.HeadCount;
        var (start, end) = problem.VisibleKeys(0);
        int block = Math.Max(4, BlockLength / size);
        nint stride = options.KeyLength;
        float* scores = scratch.Floats((heads + 1) * stride);
        float* hidden = HiddenKeys.Write(problem.MaskOf(sequence), start, end, scores + (heads * stride));
        for (int key = start; key < end; key += block)
        {
            int count = Math.Min(block, end - key);
            float* keys = problem.Key + problem.KeyOffset(sequence, firstHead, key);
            for (int i = 0; i < heads; i++)
            {
                float* query = problem.Query + problem.QueryOffset(sequence, firstHead + i, 0);
                Kernel.Run(new KeyProductKernel(query, keys, problem.KeyStride, count, size, scores + (i * stride) + (key - start)));
            }
        }

        var sums = new double[heads];
        fixed (double* sum = sums)
        {
            for (int i = 0; i < heads && start < end; i++)
            {
                float* bias = problem.BiasOf(firstHead + i, 0);
                Kernel.Run(new ScoreKernel(
                    scores + (i * stride), end - start, options.Scale, bias is null ? null : bias + start, hidden, sum + i));
            }
        }

        float* output = problem.Output + problem.QueryOffset(sequence, firstHead, 0);
        new Span<float>(output, heads * size).Clear();
        for (int key = start; key < end; key += block)
        {
            int count = Math.Min(block, end - key);
            float* values = problem.Value + problem.KeyOffset(sequence, firstHead, key);
            for (int i = 0; i < heads; i++)
            {
                Kernel.Run(new ContextKernel(
                    scores + (i * stride) + (key - start), values, problem.KeyStride, count, output + (i * size), size));
            }
        }

        for (int i = 0; i < heads; i++)
        {
            if (sums[i] != 0)
            {
                Kernel.Run(new ScaleKernel(output + (i * size), size, (float)(1 / sums[i])));
            }
            else
            {
                HiddenKeys.Average(problem, sequence, firstHead + i, output + (i * size), scores);
            }
        }
    }
}
