using Sparsum.Tensors.Backends.Cpu.Dropout;
using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// Attention of a block of queries of one head: scores by one product, softmax while they are in cache, context by a second product. The
/// block bounds the memory, and keys that no query of it sees are left out.
/// </summary>
internal static unsafe class BlockAttention
{
    /// <summary>Most queries of a block.</summary>
    public const int LargestBlock = 128;

    /// <summary>Smaller where later keys are hidden, to leave out more of them.</summary>
    private const int LargestCausalBlock = 64;

    private const int SmallestBlock = 16;

    /// <summary>Scores of a block: 2 MiB, which a core's second-level cache holds for the most part.</summary>
    private const int LargestScoreCount = 1 << 19;

    /// <summary>The number of pieces that <see cref="Run"/> computes. It depends on the shape alone.</summary>
    public static int Pieces(AttentionOptions options) => checked(options.Batch * options.HeadCount * BlockCount(options));

    /// <summary>Computes one block of one head of one sequence.</summary>
    public static void Run(AttentionProblem problem, int piece, WorkerScratch scratch)
    {
        var options = problem.Options;
        int blocks = BlockCount(options);
        int head = piece / blocks % options.HeadCount;
        int sequence = piece / blocks / options.HeadCount;
        int first = (int)((long)options.QueryLength * (piece % blocks) / blocks);
        int last = (int)((long)options.QueryLength * ((piece % blocks) + 1) / blocks) - 1;
        int rows = last - first + 1;

        // Both ends of the visible range rise with the query.
        int start = problem.VisibleKeys(first).Start;
        int end = problem.VisibleKeys(last).End;
        int keys = Math.Max(0, end - start);
        nint stride = (keys + 15) & ~15;
        float* scores = scratch.Floats((rows * stride) + (2L * options.KeyLength) + options.HeadSize);
        float* hidden = scores + (rows * stride);
        float* ones = hidden + options.KeyLength;
        float* average = ones + options.KeyLength;
        hidden = HiddenKeys.Write(problem.MaskOf(sequence), start, end, hidden);

        nint place = problem.QueryOffset(sequence, head, first);
        nint firstKey = problem.KeyOffset(sequence, head, start);
        if (keys > 0)
        {
            Gemm.RunSingle(
                MatrixProduct.NT, rows, keys, options.HeadSize,
                problem.Query + place, problem.QueryStride, problem.Key + firstKey, problem.KeyStride, scores, stride, false, scratch.Gemm);
        }

        double* sums = stackalloc double[LargestBlock];
        for (int row = 0; row < rows; row++)
        {
            sums[row] = Weigh(problem, head, first + row, start, keys, scores + (row * stride), hidden);
        }

        Drop<DropAndScale>(options, sequence, head, first, rows, start, keys, scores, stride);

        if (keys > 0)
        {
            Gemm.RunSingle(
                MatrixProduct.NN, rows, options.HeadSize, keys,
                scores, stride, problem.Value + firstKey, problem.KeyStride, problem.Output + place, problem.QueryStride, false, scratch.Gemm);
        }

        bool averaged = false;
        for (int row = 0; row < rows; row++)
        {
            float* context = problem.Output + place + (row * problem.QueryStride);
            if (sums[row] != 0)
            {
                Kernel.Run(new ScaleKernel(context, options.HeadSize, (float)(1 / sums[row])));
                continue;
            }

            if (!averaged)
            {
                HiddenKeys.Average(problem, sequence, head, average, ones);
                averaged = true;
            }

            new Span<float>(average, options.HeadSize).CopyTo(new Span<float>(context, options.HeadSize));
        }
    }

    /// <summary>Turns the products of one query into weights, 0 where it sees nothing, and returns their sum.</summary>
    public static double Weigh(AttentionProblem problem, int head, int query, int start, int keys, float* row, float* hidden)
    {
        var (from, to) = problem.VisibleKeys(query);
        from = Math.Min(from - start, keys);
        to = Math.Max(to - start, from);
        double sum = 0;
        if (from < to)
        {
            float* bias = problem.BiasOf(head, query);
            Kernel.Run(new ScoreKernel(
                row + from,
                to - from,
                problem.Options.Scale,
                bias is null ? null : bias + start + from,
                hidden is null ? null : hidden + from,
                &sum));
        }

        new Span<float>(row, from).Clear();
        new Span<float>(row + to, keys - to).Clear();
        if (sum == 0)
        {
            new Span<float>(row, keys).Clear();
        }

        return sum;
    }

    /// <summary>Applies dropout to the weights of some queries, if there is any.</summary>
    public static void Drop<TOperation>(
        AttentionOptions options, int sequence, int head, int query, int rows, int start, int keys, float* weights, nint stride)
        where TOperation : IDropOperation
    {
        if (options.Dropout is not { } dropout)
        {
            return;
        }

        var words = new DropoutWords(dropout.Stream);
        for (int row = 0; row < rows; row++)
        {
            long element = DropoutRule.AttentionElement(options, sequence, head, query + row) + start;
            Kernel.Run(new DropKernel<TOperation>(weights + (row * stride), keys, element, &words, dropout.Rate));
        }
    }

    /// <summary>Into how many blocks the queries of a head are split.</summary>
    public static int BlockCount(AttentionOptions options)
    {
        int largest = options.Causal || options.Window is not null ? LargestCausalBlock : LargestBlock;
        int block = Math.Clamp(LargestScoreCount / Math.Max(1, options.KeyLength), SmallestBlock, largest);
        return (options.QueryLength + block - 1) / block;
    }
}
