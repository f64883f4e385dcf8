using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// Copies operands into panels: <c>[depth][width]</c>, one after the other, the last one filled with zeros. A kernel reads a panel from
/// front to back.
/// </summary>
internal static unsafe class PanelPacking
{
    private const int StepsAtOnce = 32;

    /// <summary>
    /// Packs <paramref name="lanes"/> lanes from <paramref name="firstLane"/> on, <paramref name="depth"/> steps from
    /// <paramref name="firstDepth"/> on, into panels of <paramref name="width"/> lanes at <paramref name="target"/>, which holds
    /// <c>ceil(lanes / width) * depth * width</c> floats.
    /// </summary>
    public static void Pack(
        GemmOperand operand, int firstLane, int lanes, int firstDepth, int depth, float* target, int width, InstructionSet set)
    {
        if (operand.LanesAdjacent)
        {
            CopyPanels(operand.At(firstLane, firstDepth), operand.Stride, lanes, depth, target, width, set);
        }
        else
        {
            for (int lane = 0; lane < lanes; lane += width)
            {
                float* source = operand.At(firstLane + lane, firstDepth);
                float* panel = target + ((nint)lane * depth);
                int here = Math.Min(width, lanes - lane);
                if (set == InstructionSet.Avx512)
                {
                    Transpose<Transpose16x16>(source, operand.Stride, here, lanes - lane, depth, panel, width);
                }
                else if (set == InstructionSet.Avx2)
                {
                    Transpose<Transpose8x8>(source, operand.Stride, here, lanes - lane, depth, panel, width);
                }
                else
                {
                    Transpose<Transpose4x4>(source, operand.Stride, here, lanes - lane, depth, panel, width);
                }
            }
        }

        int used = lanes % width;
        if (used > 0)
        {
            ClearLanes(target + ((nint)(lanes - used) * depth), used, depth, width);
        }
    }

    /// <summary><c>target[j, i] = source[i, j]</c> for <paramref name="rows"/> i and <paramref name="columns"/> j; strides are in floats.</summary>
    public static void Transpose(float* source, nint sourceStride, int rows, int columns, float* target, int targetStride, InstructionSet set)
    {
        if (set == InstructionSet.Avx512)
        {
            Transpose<Transpose16x16>(source, sourceStride, rows, 0, columns, target, targetStride);
        }
        else if (set == InstructionSet.Avx2)
        {
            Transpose<Transpose8x8>(source, sourceStride, rows, 0, columns, target, targetStride);
        }
        else
        {
            Transpose<Transpose4x4>(source, sourceStride, rows, 0, columns, target, targetStride);
        }
    }

    /// <summary>
    /// All panels from rows that each hold one step of depth. A few rows at a time go to every panel, because neighbouring panels share
    /// the cache lines and pages of a row.
    /// </summary>
    private static void CopyPanels(float* source, nint stride, int lanes, int depth, float* target, int width, InstructionSet set)
    {
        for (int step = 0; step < depth; step += StepsAtOnce)
        {
            int steps = Math.Min(StepsAtOnce, depth - step);
            for (int lane = 0; lane < lanes; lane += width)
            {
                float* from = source + (step * stride) + lane;
                float* to = target + ((nint)lane * depth) + (step * width);
                int here = Math.Min(width, lanes - lane);
                int done = here < width ? 0
                    : set == InstructionSet.Avx512 ? CopyWide<Float512>(from, stride, lanes - lane, steps, depth - step, to, width)
                    : set == InstructionSet.Avx2 ? CopyWide<Float256>(from, stride, lanes - lane, steps, depth - step, to, width)
                    : 0;
                CopyNarrow(from + (done * stride), stride, here, steps - done, to + (done * width), width);
            }
        }
    }

    /// <summary>
    /// Copies steps of a whole panel with whole vectors and returns how many. Where the panel is no multiple of a vector, the surplus is
    /// overwritten by the next step; the panel's last step then goes without, and so does whatever would read beyond the row.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int CopyWide<T>(float* source, nint stride, int readable, int steps, int stepsLeft, float* target, int width)
        where T : struct, IVector<T>
    {
        int vectors = (width + T.Count - 1) / T.Count;
        int surplus = (vectors * T.Count) - width;
        if (readable < vectors * T.Count || surplus > width)
        {
            return 0;
        }

        int count = surplus == 0 ? steps : Math.Min(steps, stepsLeft - 1);
        switch (vectors)
        {
            case 1:
                for (int step = 0; step < count; step++, source += stride, target += width)
                {
                    T.Load(source).Store(target);
                }

                return count;
            case 2:
                for (int step = 0; step < count; step++, source += stride, target += width)
                {
                    T.Load(source).Store(target);
                    T.Load(source + T.Count).Store(target + T.Count);
                }

                return count;
            case 3:
                for (int step = 0; step < count; step++, source += stride, target += width)
                {
                    T.Load(source).Store(target);
                    T.Load(source + T.Count).Store(target + T.Count);
                    T.Load(source + (2 * T.Count)).Store(target + (2 * T.Count));
                }

                return count;
            default:
                return 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyNarrow(float* source, nint stride, int lanes, int steps, float* target, int width)
    {
        for (; steps > 0; steps--, source += stride, target += width)
        {
            int lane = 0;
            for (; lane + 4 <= lanes; lane += 4)
            {
                Vector128.Load(source + lane).Store(target + lane);
            }

            for (; lane < lanes; lane++)
            {
                target[lane] = source[lane];
            }
        }
    }

    /// <summary>One panel from rows that each hold one lane; <paramref name="readable"/> rows may be read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose<TBlock>(float* source, nint stride, int lanes, int readable, int depth, float* target, int width)
        where TBlock : struct, IBlockTranspose
    {
        int lane = 0;
        for (; lane + TBlock.Size <= lanes; lane += TBlock.Size)
        {
            int step = 0;
            for (; step + TBlock.Size <= depth; step += TBlock.Size)
            {
                TBlock.Run(source + (lane * stride) + step, stride, target + (step * width) + lane, width);
            }

            TransposeNarrow(source + (lane * stride) + step, stride, TBlock.Size, depth - step, target + (step * width) + lane, width);
        }

        if (lane == lanes)
        {
            return;
        }

        // A full panel narrower than a block: whole blocks are stored all the same. Each store spills into the next step, which the
        // next store overwrites; the last steps go without.
        int spilled = 0;
        if (lane == 0 && lanes == width && readable >= TBlock.Size)
        {
            for (; spilled + (2 * TBlock.Size) <= depth; spilled += TBlock.Size)
            {
                TBlock.Run(source + spilled, stride, target + (spilled * width), width);
            }
        }

        TransposeNarrow(
            source + (lane * stride) + spilled, stride, lanes - lane, depth - spilled, target + (spilled * width) + lane, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeNarrow(float* source, nint stride, int lanes, int depth, float* target, int width)
    {
        int lane = 0;
        for (; lane + 4 <= lanes; lane += 4)
        {
            int step = 0;
            for (; step + 4 <= depth; step += 4)
            {
                Transpose4x4.Run(source + (lane * stride) + step, stride, target + (step * width) + lane, width);
            }

            TransposeElements(source + (lane * stride) + step, stride, 4, depth - step, target + (step * width) + lane, width);
        }

        TransposeElements(source + (lane * stride), stride, lanes - lane, depth, target + lane, width);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TransposeElements(float* source, nint stride, int lanes, int depth, float* target, int width)
    {
        for (int lane = 0; lane < lanes; lane++)
        {
            float* from = source + (lane * stride);
            float* to = target + lane;
            for (nint step = 0; step < depth; step++, to += width)
            {
                *to = from[step];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ClearLanes(float* target, int firstLane, int depth, int width)
    {
        for (int step = 0; step < depth; step++)
        {
            for (int lane = firstLane; lane < width; lane++)
            {
                target[(step * width) + lane] = 0;
            }
        }
    }
}
