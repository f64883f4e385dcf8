using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Sparsum.Tensors.Backends.Cpu.Tiles;

/// <summary>
/// Copies operands into panels of 32 lanes for <see cref="TileCode"/>. Each float32 becomes the sum of two bfloat16: a large part, which is
/// the value rounded to 8 significant bits, and a small part, which is the rest rounded to 8 more. Both together take a float's room.
/// </summary>
/// <remarks>
/// A block of 32 steps of depth is four tiles: large parts of lanes 0 to 15 and 16 to 31, then their small parts. In a tile of A a row is a
/// lane and holds its 32 steps; in a tile of B a row holds two steps of all 16 lanes, lane by lane. Values from 3.39e38 on have no large
/// part: like infinity they make what they enter not a number.
/// </remarks>
internal static unsafe class SplitPacking
{
    /// <summary>Lanes of a panel.</summary>
    public const int Width = 2 * TileRegisters.Rows;

    private const int Pairs = TileCode.Steps / 2;
    private const int TileWords = TileRegisters.Rows * Pairs;
    private const int BlockWords = 4 * TileWords;

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

    /// <summary>A block of which each row in memory is a lane: its neighbouring values are the pairs as they stand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SplitLanes(float* source, nint stride, uint* large, bool isLeft)
    {
        uint* rows = stackalloc uint[2 * TileWords];
        uint* to = isLeft ? large : rows;
        int small = isLeft ? 2 * TileWords : TileWords;
        for (int lane = 0; lane < TileRegisters.Rows; lane++, source += stride, to += Pairs)
        {
            var first = Vector512.Load(source);
            var second = Vector512.Load(source + Vector512<float>.Count);
            var firstLarge = Round(first);
            var secondLarge = Round(second);
            Join(firstLarge, secondLarge).Store(to);
            Join(Rest(first, firstLarge), Rest(second, secondLarge)).Store(to + small);
        }

        if (!isLeft)
        {
            Turn(rows, large);
        }
    }

    /// <summary>A block of which each row in memory is a step: two rows make the pairs of all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SplitSteps(float* source, nint stride, uint* large, bool isLeft)
    {
        uint* rows = stackalloc uint[2 * TileWords];
        uint* to = isLeft ? rows : large;
        int small = isLeft ? TileWords : 2 * TileWords;
        for (int pair = 0; pair < Pairs; pair++, source += 2 * stride, to += TileRegisters.Rows)
        {
            var first = Vector512.Load(source);
            var second = Vector512.Load(source + stride);
            var firstLarge = Round(first);
            var secondLarge = Round(second);
            ((firstLarge >> 16) | secondLarge).Store(to);
            ((Rest(first, firstLarge) >> 16) | Rest(second, secondLarge)).Store(to + small);
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

    /// <summary>The nearest value of 8 significant bits, even on ties, as the upper half of a float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Round(Vector512<float> value)
    {
        var bits = value.AsUInt32();
        var rounded = bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One);
        return rounded & Vector512.Create(0xFFFF0000u);
    }

    /// <summary>What rounding left, rounded itself. What is not a number stays so, also where its bits ran over in the large part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rest(Vector512<float> value, Vector512<uint> large)
    {
        var rest = value - large.AsSingle();
        return Vector512.ConditionalSelect(Vector512.Equals(rest, rest).AsUInt32(), Round(rest), rest.AsUInt32() & Vector512.Create(0xFFFF0000u));
    }

    /// <summary>The upper halves of 32 neighbouring values, as 32 neighbouring words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Join(Vector512<uint> first, Vector512<uint> second) => Vector512.Create(
        Avx512F.ConvertToVector256UInt16(first >> 16), Avx512F.ConvertToVector256UInt16(second >> 16)).AsUInt32();
}
