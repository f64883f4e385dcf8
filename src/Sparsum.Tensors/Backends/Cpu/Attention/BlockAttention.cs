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
    private const int LargestBlock = 128;

    /// <summary>Smaller where later keys are hidden, to leave out more of them.</summary>
    private const int LargestCausalBlock = 64;

    private const int SmallestBlock = 16;

    /// <summary>Scores of a block: 2 MiB, which a core's second-level cache holds for the most part.</summary>
    private const int LargestScoreCount = 1 << 19;

    /// <summary>The number of pieces that <see cref="Run"/> computes. It depends on the shape alone.</summary>
    public static int Pieces(AttentionOptions options) => checked(options.Batch * options.HeadCount * BlockCount(options));

    /// <summary>Computes one block of one head of one sequence.</summary>
    public static void Run<TFormat>(AttentionProblem problem, int piece, WorkerScratch scratch)
        where TFormat : IKeyFormat
    {
        var options = problem.Options;
        int blocks = BlockCount(options);
        var (sequence, head) = Math.DivRem(piece / blocks, options.HeadCount);
        var block = new QueryBlock(problem, sequence, head, piece % blocks, blocks, scratch.Gemm.InstructionSet);
        float* scores = scratch.Floats(
            block.ScoreFloats + block.Width + options.KeyLength + options.HeadSize + KeyTiles<TFormat>.Floats(options.HeadSize));
        float* addends = scores + block.ScoreFloats;
        float* ones = addends + block.Width;
        float* average = ones + options.KeyLength;
        float* tile = average + options.HeadSize;
        double* sums = stackalloc double[LargestBlock];
        Weigh<TFormat>(problem, block, scores, addends, tile, sums, normalizes: false, scratch.Gemm);
        Drop<DropAndScale>(options, block, scores);
        float* context = problem.Output + block.Queries;
        if (block.Keys > 0)
        {
            KeyTiles<TFormat>.Weigh(problem, block, scores, tile, context, scratch.Gemm);
        }

        bool averaged = false;
        for (int row = 0; row < block.Rows; row++, context += problem.QueryStride)
        {
            if (sums[row] != 0)
            {
                Kernel.Run(new ScaleKernel(context, options.HeadSize, (float)(1 / sums[row])));
                continue;
            }

            if (!averaged)
            {
                MeanValue.Write<TFormat>(problem, sequence, head, average, ones);
                averaged = true;
            }

            new Span<float>(average, options.HeadSize).CopyTo(new Span<float>(context, options.HeadSize));
        }
    }

    /// <summary>The weights of the block's queries, 0 where they see nothing, and their sums.</summary>
    /// <param name="problem">The whole call.</param>
    /// <param name="block">The block.</param>
    /// <param name="scores">Receives the weights.</param>
    /// <param name="addends">Room for one float per key, filled up.</param>
    /// <param name="tile">Room for the tiles of <see cref="KeyTiles{TFormat}"/>.</param>
    /// <param name="sums">Receives a sum per query.</param>
    /// <param name="normalizes">Whether weights are divided by their sums.</param>
    /// <param name="scratch">For the product.</param>
    public static void Weigh<TFormat>(
        AttentionProblem problem, in QueryBlock block, float* scores, float* addends, float* tile, double* sums, bool normalizes, GemmScratch scratch)
        where TFormat : IKeyFormat
    {
        if (block.Keys > 0)
        {
            KeyTiles<TFormat>.Score(problem, block, tile, scores, scratch);
        }

        byte* mask = problem.MaskOf(block.Sequence);
        ScoreBlock.WriteAddends(mask, block.Start, block.Keys, problem.SlopeOf(block.Head), addends);
        int* first = stackalloc int[LargestBlock];
        int* end = stackalloc int[LargestBlock];
        for (int row = 0; row < block.Rows; row++)
        {
            var (from, to) = problem.VisibleKeys(block.Sequence, block.First + row);
            bool sees = ScoreBlock.Sees(mask, from, to);
            first[row] = sees ? from - block.Start : 0;
            end[row] = sees ? to - block.Start : 0;
        }

        float? cap = problem.Options.SoftCap;
        if (cap is not null)
        {
            Kernel.Run(new SoftCapKernel(scores, null, block.Rows, block.Stride, block.Width, problem.Options.Scale, cap.Value));
        }

        float* bias = problem.BiasOf(block.Sequence, block.Head, block.First);
        var products = new ScoreBlock
        {
            Products = scores,
            Rows = block.Rows,
            Stride = block.Stride,
            Keys = block.Keys,
            Scale = cap is null ? problem.Options.Scale : 1,
            Addends = addends,
            Bias = bias is null ? null : bias + block.Start,
            BiasStride = problem.Options.KeyLength,
            First = first,
            End = end,
            Sums = sums,
            Normalizes = normalizes,
        };
        Kernel.Run(new WeighKernel(&products));
    }

    /// <summary>Applies dropout to the weights of the block's queries, if there is any.</summary>
    public static void Drop<TOperation>(AttentionOptions options, in QueryBlock block, float* weights)
        where TOperation : IDropOperation
    {
        if (options.Dropout is not { } dropout)
        {
            return;
        }

        var words = new DropoutWords(dropout.Stream);
        for (int row = 0; row < block.Rows; row++)
        {
            // Whole rows: what lies behind the keys is 0 and stays so.
            long element = DropoutRule.AttentionElement(options, block.Sequence, block.Head, block.First + row) + block.Start;
            Kernel.Run(new DropKernel<TOperation>(weights + (row * block.Stride), block.Width, element, &words, dropout.Rate));
        }
    }

    /// <summary>Into how many blocks the queries of a head are split.</summary>
    public static int BlockCount(AttentionOptions options)
    {
        int largest = options.Causal || options.Window is not null || options.LookAhead is not null ? LargestCausalBlock : LargestBlock;
        int block = Math.Clamp(LargestScoreCount / Math.Max(1, options.KeyLength), SmallestBlock, largest);
        return (options.QueryLength + block - 1) / block;
    }
}
