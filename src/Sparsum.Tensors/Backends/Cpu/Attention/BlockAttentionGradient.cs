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
                RunBlock(problem, new QueryBlock(forward, sequence, head, block, blocks, scratch.Gemm.InstructionSet), scratch);
            }
        }
    }

    private static void RunBlock(AttentionGradientProblem problem, in QueryBlock block, WorkerScratch scratch)
    {
        var forward = problem.Forward;
        int size = forward.Options.HeadSize;
        var (rows, keys) = (block.Rows, block.Keys);
        var (queryStride, keyStride, stride) = (forward.QueryStride, forward.KeyStride, block.Stride);
        bool isCapped = forward.Options.SoftCap is not null;
        float* weights = scratch.Floats(((isCapped ? 3 : 2) * block.ScoreFloats) + block.Width);
        float* slopes = weights + block.ScoreFloats;
        float* outputGradient = problem.OutputGradient + block.Queries;
        double* sums = stackalloc double[rows];
        BlockAttention.Weigh<Float32Keys>(forward, block, weights, slopes + block.ScoreFloats, null, sums, normalizes: true, scratch.Gemm);
        for (int row = 0; row < rows; row++)
        {
            if (sums[row] == 0)
            {
                Spread(problem, block, outputGradient + (row * queryStride));
            }
        }

        if (keys == 0)
        {
            for (int row = 0; row < rows; row++)
            {
                new Span<float>(problem.QueryGradient + block.Queries + (row * queryStride), size).Clear();
            }

            return;
        }

        BlockAttention.Drop<MarkDropped>(forward.Options, block, weights);
        block.Multiply(outputGradient, queryStride, forward.Value + block.FirstKey, keyStride, size, slopes, scratch.Gemm);
        float* products = isCapped ? slopes + block.ScoreFloats + block.Width : null;
        if (isCapped)
        {
            block.Multiply(forward.Query + block.Queries, queryStride, forward.Key + block.FirstKey, keyStride, size, products, scratch.Gemm);
        }

        DifferentiateScores(problem, block, weights, slopes, products);
        Gemm.RunSingle(
            MatrixProduct.TN, keys, size, rows,
            weights, stride, outputGradient, queryStride, problem.ValueGradient + block.FirstKey, keyStride, true, scratch.Gemm);
        Gemm.RunSingle(
            MatrixProduct.NN, rows, size, keys,
            slopes, stride, forward.Key + block.FirstKey, keyStride, problem.QueryGradient + block.Queries, queryStride, false, scratch.Gemm);
        Gemm.RunSingle(
            MatrixProduct.TN, keys, size, rows,
            slopes, stride, forward.Query + block.Queries, queryStride, problem.KeyGradient + block.FirstKey, keyStride, true, scratch.Gemm);
    }

    private static void DifferentiateScores(
        AttentionGradientProblem problem, in QueryBlock block, float* weights, float* slopes, float* products)
    {
        var options = problem.Forward.Options;

        // The bias comes after the scale, and after the bound.
        bool isWhole = problem.BiasGradient is null && options.SoftCap is null;
        float factor = isWhole ? options.Scale : 1;
        if (options.Dropout is { } dropout)
        {
            float kept = DropoutRule.Factor(dropout.Rate);
            Kernel.Run(new DroppedSoftmaxGradientKernel(weights, slopes, block.Rows, block.Stride, block.Width, kept, factor));
        }
        else
        {
            Kernel.Run(new SoftmaxGradientKernel(weights, slopes, block.Rows, block.Stride, block.Width, factor));
        }

        for (int row = 0; row < block.Rows && problem.BiasGradient is not null; row++)
        {
            float* own = slopes + (row * block.Stride);
            float* bias = problem.BiasGradient
                + problem.Forward.BiasOffset(block.Sequence, block.Head, block.First + row) + block.Start;
            Kernel.Run(new CombineKernel<Sum>(bias, own, bias, block.Keys));
        }

        if (options.SoftCap is { } cap)
        {
            Kernel.Run(new SoftCapKernel(products, slopes, block.Rows, block.Stride, block.Width, options.Scale, cap));
        }

        for (int row = 0; row < block.Rows && !isWhole; row++)
        {
            Kernel.Run(new ScaleKernel(slopes + (row * block.Stride), block.Keys, options.Scale));
        }
    }

    /// <summary>A query that sees nothing has the mean of all values as its context; each gets its share of the gradient.</summary>
    private static void Spread(AttentionGradientProblem problem, in QueryBlock block, float* outputGradient)
    {
        var options = problem.Forward.Options;
        float share = 1f / options.KeyLength;
        for (int key = 0; key < options.KeyLength; key++)
        {
            float* gradient = problem.ValueGradient + problem.Forward.KeyOffset(block.Sequence, block.Head, key);
            for (int i = 0; i < options.HeadSize; i++)
            {
                gradient[i] += share * outputGradient[i];
            }
        }
    }
}
