using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu.Tiles;

/// <summary>
/// Copies operands into panels of 32 lanes for <see cref="TileCode"/>. Each float32 becomes the sum of two bfloat16: a large part, which is
/// the value rounded to 8 significant bits, and a small part, which is the rest rounded to 8 more. Both together take a float's room.
/// </summary>
/// <remarks>
/// A block of 32 steps of depth is four tiles: large parts of lanes 0 to 15 and 16 to 31, then their small parts. In a tile of A a row is a
/// lane and holds its 32 steps; in a tile of B a row holds two steps of all 16 lanes, lane by lane. The two steps that a register holds side by
/// side, its pairs, are 16 apart: so two vectors are joined by a shift, whichever way they were read. Values from 3.39e38 on have no large part:
/// like infinity they make what they enter not a number.
/// </remarks>
internal static unsafe class SplitPacking
{
    /// <summary>Lanes of a panel.</summary>
    public const int Width = 2 * TileRegisters.Rows;

    private const int Pairs = TileCode.Steps / 2;
    private const int TileWords = TileRegisters.Rows * Pairs;
    private const int BlockWords = 4 * TileWords;

    /// <summary>The half of a float32 that is a bfloat16.</summary>
    private static Vector512<uint> Upper => Vector512.Create(0xFFFF0000u);

    /// <summary>
    /// Packs <paramref name="lanes"/> lanes from <paramref name="firstLane"/> on, <paramref name="depth"/> steps from
    /// <paramref name="firstDepth"/> on; both are filled up with zeros to whole blocks.
    /// </summary>
    /// <param name="operand">What is packed.</param>
    /// <param name="firstLane">The first lane.</param>
    /// <param name="lanes">Their number.</param>
    /// <param name="firstDepth">The first step.</param>
    /// <param name="depth">Their number.</param>
    /// <param name="target">Receives the panels, one after the other.</param>
    /// <param name="isLeft">Whether the operand is A.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    public static void Pack(GemmOperand operand, int firstLane, int lanes, int firstDepth, int depth, float* target, bool isLeft)
    {
        float* edge = stackalloc float[TileRegisters.Rows * TileCode.Steps];
        uint* words = (uint*)target;
        for (int lane = 0; lane < lanes; lane += Width)
        {
            for (int step = 0; step < depth; step += TileCode.Steps, words += BlockWords)
            {
                int steps = Math.Min(TileCode.Steps, depth - step);
                for (int half = 0; half < 2; half++)
                {
                    int first = lane + (half * TileRegisters.Rows);
                    int here = Math.Clamp(lanes - first, 0, TileRegisters.Rows);
                    float* source = operand.At(firstLane + first, firstDepth + step);
                    nint stride = operand.Stride;
                    if (here < TileRegisters.Rows || steps < TileCode.Steps)
                    {
                        stride = FillUp(operand.LanesAdjacent, source, stride, here, steps, edge);
                        source = edge;
                    }

                    uint* large = words + (half * TileWords);
                    if (operand.LanesAdjacent)
                    {
                        SplitSteps(source, stride, large, isLeft);
                    }
                    else
                    {
                        SplitLanes(source, stride, large, isLeft);
                    }
                }
            }
        }
    }

    /// <summary>Copies what there is of a block into one of zeros and returns its stride.</summary>
    private static nint FillUp(bool lanesAdjacent, float* source, nint stride, int lanes, int steps, float* edge)
    {
        var (rows, columns, width) = lanesAdjacent ? (steps, lanes, TileRegisters.Rows) : (lanes, steps, TileCode.Steps);
        new Span<float>(edge, TileRegisters.Rows * TileCode.Steps).Clear();
        for (int row = 0; row < rows; row++)
        {
            new ReadOnlySpan<float>(source + (row * stride), columns).CopyTo(new Span<float>(edge + (row * width), width));
        }

        return width;
    }

    /// <summary>A block of which each row in memory is a lane: both halves of its steps make the pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void SplitLanes(float* source, nint stride, uint* large, bool isLeft)
    {
        uint* rows = stackalloc uint[2 * TileWords];
        uint* to = isLeft ? large : rows;
        int small = isLeft ? 2 * TileWords : TileWords;
        for (int lane = 0; lane < TileRegisters.Rows; lane++, source += stride, to += Pairs)
        {
            Split(Vector512.Load(source), Vector512.Load(source + Pairs), to, to + small);
        }

        if (!isLeft)
        {
            Turn(rows, large);
        }
    }

    /// <summary>A block of which each row in memory is a step: two rows make the pairs of all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void SplitSteps(float* source, nint stride, uint* large, bool isLeft)
    {
        uint* rows = stackalloc uint[2 * TileWords];
        uint* to = isLeft ? rows : large;
        int small = isLeft ? TileWords : 2 * TileWords;
        for (int pair = 0; pair < Pairs; pair++, source += stride, to += TileRegisters.Rows)
        {
            Split(Vector512.Load(source), Vector512.Load(source + (Pairs * stride)), to, to + small);
        }

        if (isLeft)
        {
            Turn(rows, large);
        }
    }

    /// <summary>Transposes the pairs of a large and a small tile into their places in a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn(uint* rows, uint* large)
    {
        Transpose16x16.Run((float*)rows, Pairs, (float*)large, Pairs);
        Transpose16x16.Run((float*)(rows + TileWords), Pairs, (float*)(large + (2 * TileWords)), Pairs);
    }

    /// <summary>Splits 16 pairs: words of the first value in the lower half, of the second in the upper.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(Vector512<float> first, Vector512<float> second, uint* large, uint* small)
    {
        var firstLarge = Round(first.AsUInt32()) & Upper;
        var secondLarge = Round(second.AsUInt32()) & Upper;
        ((firstLarge >> 16) | secondLarge).Store(large);
        var firstSmall = Rest(first - firstLarge.AsSingle());
        var secondSmall = Rest(second - secondLarge.AsSingle());
        Vector512.ConditionalSelect(Upper, secondSmall, firstSmall >> 16).Store(small);
    }

    /// <summary>The nearest value of 8 significant bits, on ties the larger one, in the upper half of each number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Round(Vector512<uint> bits) => bits + Vector512.Create(0x8000u);

    /// <summary>What rounding left, rounded itself. What is not a number stays so, also where its bits ran over in the large part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rest(Vector512<float> rest)
    {
        var bits = rest.AsUInt32();
        return Vector512.ConditionalSelect(Vector512.Equals(rest, rest).AsUInt32(), Round(bits), bits);
    }
}
