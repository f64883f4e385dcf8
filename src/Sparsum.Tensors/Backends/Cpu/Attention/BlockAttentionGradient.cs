using Sparsum.Tensors.Backends.Cpu.Dropout;
using Sparsum.Tensors.Backends.Cpu.Elementwise;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Attention;

/// <summary>
/// The gradients of attention, one key/value head at a time: block after block of the queries that read it, probabilities P are computed
/// again as in forward, and with dP = dO·Vᵀ and dS the gradients of the scores, dV += Pᵀ·dO, dQ = dS·K, dK += dSᵀ·Q. Where dropout lies
/// between P and the context, dV gets what it left of P, and dP passes through it. The head's keys and values belong to one piece of work,
/// so their sums have one order.
/// </summary>
internal static unsafe class BlockAttentionGradient
{
    /// <summary>Computes all gradients of one key/value head of one sequence.</summary>
    public static void Run(AttentionGradientProblem problem, int sequence, int keyValueHead, WorkerScratch scratch)
    {
        var forward = problem.Forward;
        var options = forward.Options;
        int group = options.HeadCount / options.KeyValueHeadCount;
        for (int key = 0; key < options.KeyLength; key++)
        {
            nint place = forward.KeyOffset(sequence, keyValueHead * group, key);
            new Span<float>(problem.KeyGradient + place, options.HeadSize).Clear();
            new Span<float>(problem.ValueGradient + place, options.HeadSize).Clear();
        }

        int blocks = BlockAttention.BlockCount(options);
        for (int head = keyValueHead * group; head < (keyValueHead + 1) * group; head++)
        {
            for (int block = 0; block < blocks; block++)
            {
                int first = (int)((long)options.QueryLength * block / blocks);
                int end = (int)((long)options.QueryLength * (block + 1) / blocks);
                RunBlock(problem, sequence, head, first, end, scratch);
            }
        }
    }

    private static void RunBlock(AttentionGradientProblem problem, int sequence, int head, int first, int end, WorkerScratch scratch)
    {
        var forward = problem.Forward;
        int size = forward.Options.HeadSize;
        int rows = end - first;

        // Both ends of the visible range rise with the query.
        int start = forward.VisibleKeys(first).Start;
        int keys = Math.Max(0, forward.VisibleKeys(end - 1).End - start);
        nint stride = (keys + 15) & ~15;
        float* weights = scratch.Floats((2 * rows * stride) + forward.Options.KeyLength);
        float* slopes = weights + (rows * stride);
        float* hidden = HiddenKeys.Write(forward.MaskOf(sequence), start, start + keys, slopes + (rows * stride));

        nint queries = forward.QueryOffset(sequence, head, first);
        nint firstKey = forward.KeyOffset(sequence, head, start);
        var (queryStride, keyStride) = (forward.QueryStride, forward.KeyStride);
        float* outputGradient = problem.OutputGradient + queries;
        if (keys > 0)
        {
            Gemm.RunSingle(
                MatrixProduct.NT, rows, keys, size,
                forward.Query + queries, queryStride, forward.Key + firstKey, keyStride, weights, stride, false, scratch.Gemm);
        }

        for (int row = 0; row < rows; row++)
        {
            float* p = weights + (row * stride);
            double sum = BlockAttention.Weigh(forward, head, first + row, start, keys, p, hidden);
            if (sum != 0)
            {
                Kernel.Run(new ScaleKernel(p, keys, (float)(1 / sum)));
            }
            else
            {
                Spread(problem, sequence, head, outputGradient + (row * queryStride));
            }
        }

        if (keys == 0)
        {
            for (int row = 0; row < rows; row++)
            {
                new Span<float>(problem.QueryGradient + queries + (row * queryStride), size).Clear();
            }

            return;
        }

        BlockAttention.Drop<MarkDropped>(forward.Options, sequence, head, first, rows, start, keys, weights, stride);
        Gemm.RunSingle(
            MatrixProduct.NT, rows, keys, size,
            outputGradient, queryStride, forward.Value + firstKey, keyStride, slopes, stride, false, scratch.Gemm);
        for (int row = 0; row < rows; row++)
        {
            DifferentiateScores(problem, head, first + row, start, keys, weights + (row * stride), slopes + (row * stride));
        }

        Gemm.RunSingle(
            MatrixProduct.TN, keys, size, rows,
            weights, stride, outputGradient, queryStride, problem.ValueGradient + firstKey, keyStride, true, scratch.Gemm);
        Gemm.RunSingle(
            MatrixProduct.NN, rows, size, keys,
            slopes, stride, forward.Key + firstKey, keyStride, problem.QueryGradient + queries, queryStride, false, scratch.Gemm);
        Gemm.RunSingle(
            MatrixProduct.TN, keys, size, rows,
            slopes, stride, forward.Query + queries, queryStride, problem.KeyGradient + firstKey, keyStride, true, scratch.Gemm);
    }

    private static void DifferentiateScores(
        AttentionGradientProblem problem, int head, int query, int start, int keys, float* weights, float* slopes)
    {
        var options = problem.Forward.Options;
        if (problem.BiasGradient is null)
        {
            ThroughSoftmax(options.Scale);
            return;
        }

        float* bias = problem.BiasGradient + ((((nint)head * options.QueryLength) + query) * options.KeyLength) + start;
        ThroughSoftmax(1);
        Kernel.Run(new CombineKernel<Sum>(bias, slopes, bias, keys));
        Kernel.Run(new ScaleKernel(slopes, keys, options.Scale));

        void ThroughSoftmax(float factor)
        {
            if (options.Dropout is { } dropout)
            {
                Kernel.Run(new DroppedSoftmaxGradientKernel(weights, slopes, keys, 1 / (1 - dropout.Rate), factor));
            }
            else
            {
                Kernel.Run(new SoftmaxGradientKernel(weights, slopes, keys, factor));
            }
        }
    }

    /// <summary>A query that sees nothing has the mean of all values as its context; each gets its share of the gradient.</summary>
    private static void Spread(AttentionGradientProblem problem, int sequence, int head, float* outputGradient)
    {
        var options = problem.Forward.Options;
        float share = 1f / options.KeyLength;
        for (int key = 0; key < options.KeyLength; key++)
        {
            float* gradient = problem.ValueGradient + problem.Forward.KeyOffset(sequence, head, key);
            for (int i = 0; i < options.HeadSize; i++)
            {
                gradient[i] += share * outputGradient[i];
            }
        }
    }
}
