using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Sparsum.Tensors.Backends.Cpu;

/// <summary>
/// Copies operands into panels: <c>[depth][width]</c>, one after the other, the last one filled with zeros. A kernel reads a panel from
/// front to back.
/// </summary>
internal static unsafe class PanelPacking
{
    /// <summary>
    /// Packs <paramref name="lanes"/> lanes from <paramref name="firstLane"/> on, <paramref name="depth"/> steps from
    /// <paramref name="firstDepth"/> on, into panels of <paramref name="width"/> lanes at <paramref name="target"/>, which holds
    /// <c>ceil(lanes / width) * depth * width</c> floats.
    /// </summary>
    public static void Pack(
        GemmOperand operand, int firstLane, int lanes, int firstDepth, int depth, float* target, int width, InstructionSet set)
    {
        for (int done = 0; done < lanes; done += width, target += (nint)depth * width)
        {
            int here = Math.Min(width, lanes - done);
            float* source = operand.At(firstLane + done, firstDepth);
            if (operand.LanesAdjacent)
            {
                Copy(source, operand.Stride, here, lanes - done, depth, target, width, set);
            }
            else if (set == InstructionSet.Avx512)
            {
                Transpose<Transpose16x16>(source, operand.Stride, here, lanes - done, depth, target, width);
            }
            else if (set == InstructionSet.Avx2)
            {
                Transpose<Transpose8x8>(source, operand.Stride, here, lanes - done, depth, target, width);
            }
            else
            {
                Transpose<Transpose4x4>(source, operand.Stride, here, lanes - done, depth, target, width);
            }

            if (here < width)
            {
                ClearLanes(target, here, depth, width);
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

    /// <summary>One panel from rows that each hold one step of depth; <paramref name="readable"/> lanes may be read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy(float* source, nint stride, int lanes, int readable, int depth, float* target, int width, InstructionSet set)
    {
        int step = 0;
        if (set == InstructionSet.Avx512 && lanes == width)
        {
            if (width == 32)
            {
                for (; step < depth; step++, source += stride, target += 32)
                {
                    Vector512.Load(source).Store(target);
                    Vector512.Load(source + 16).Store(target + 16);
                }
            }
            else if (width == 48)
            {
                for (; step < depth; step++, source += stride, target += 48)
                {
                    Vector512.Load(source).Store(target);
                    Vector512.Load(source + 16).Store(target + 16);
                    Vector512.Load(source + 32).Store(target + 32);
                }
            }
            else if (readable >= 16)
            {
                // Narrower than a vector: the surplus is overwritten by the next step, the last two steps go without.
                for (; step < depth - 2; step++, source += stride, target += width)
                {
                    Vector512.Load(source).Store(target);
                }
            }
        }

        for (; step < depth; step++, source += stride, target += width)
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
