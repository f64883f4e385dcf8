using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// Attention of one query per sequence, as in token-by-token generation: reads each key and value once where it lies and packs nothing.
/// </summary>
internal static unsafe class SingleQueryAttention
{
    /// <summary>Computes one head of one sequence; there are batch times heads pieces.</summary>
    public static void Run(AttentionProblem problem, int piece, WorkerScratch scratch)
    {
        var options = problem.Options;
        int sequence = piece / options.HeadCount;
        int head = piece % options.HeadCount;
        var (start, end) = problem.VisibleKeys(0);
        float* scores = scratch.Floats(2L * options.KeyLength);
        float* hidden = HiddenKeys.Write(problem.MaskOf(sequence), start, end, scores + options.KeyLength);
        nint place = problem.QueryOffset(sequence, head, 0);
        nint firstKey = problem.KeyOffset(sequence, head, start);
        float* bias = problem.BiasOf(head, 0);
        double sum = 0;
        if (start < end)
        {
            Kernel.Run(new KeyProductKernel(
                problem.Query + place, problem.Key + firstKey, problem.KeyStride, end - start, options.HeadSize, scores));
            Kernel.Run(new ScoreKernel(scores, end - start, options.Scale, bias is null ? null : bias + start, hidden, &sum));
        }

        if (sum == 0)
        {
            HiddenKeys.Average(problem, sequence, head, problem.Output + place, scores);
            return;
        }

        Kernel.Run(new ContextKernel(
            scores, problem.Value + firstKey, problem.KeyStride, end - start, (float)(1 / sum), problem.Output + place, options.HeadSize));
    }
}
