using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
                int done = 0;
                if (set == InstructionSet.Avx512 && here == width)
                {
                    // Narrower than a vector: the surplus is overwritten by the next step; the panel's last two steps go without.
                    int wideSteps = width >= 16 ? steps : lanes - lane >= 16 ? Math.Min(steps, depth - step - 2) : 0;
                    CopyWide(from, stride, wideSteps, to, width);
                    done = Math.Max(0, wideSteps);
                }

                CopyNarrow(from + (done * stride), stride, here, steps - done, to + (done * width), width);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyWide(float* source, nint stride, int steps, float* target, int width)
    {
        if (width == 32)
        {
            for (; steps > 0; steps--, source += stride, target += 32)
            {
                Vector512.Load(source).Store(target);
                Vector512.Load(source + 16).Store(target + 16);
            }
        }
        else if (width == 48)
        {
            for (; steps > 0; steps--, source += stride, target += 48)
            {
                Vector512.Load(source).Store(target);
                Vector512.Load(source + 16).Store(target + 16);
                Vector512.Load(source + 32).Store(target + 32);
            }
        }
        else
        {
            for (; steps > 0; steps--, source += stride, target += width)
            {
                Vector512.Load(source).Store(target);
            }
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
            for (int step = 0; step < depth; step++)
            {
                target[(step * width) + lane] = source[(lane * stride) + step];
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
