using Sparsum.Tensors.Backends.Cpu.Vectors;

namespace Sparsum.Tensors.Backends.Cpu.Rows;

/// <summary>
/// <see cref="RotationKernel"/> in the interleaved layout: features <c>2i</c> and <c>2i + 1</c> of each head belong together.
/// </summary>
internal readonly unsafe struct NeighbourRotationKernel(
    float* token, nint heads, nint headSize, float* cosines, float* sines, nint half, float direction) : IKernel
{
    /// <inheritdoc/>
    public void Run<T>()
        where T : struct, IVector<T>
    {
        for (nint head = 0; head < heads; head++)
        {
            float* pair = token + (head * headSize);
            for (nint i = 0; i < half; i++, pair += 2)
            {
                var (first, second) = (pair[0], pair[1]);
                float sine = sines[i] * direction;
                pair[0] = (first * cosines[i]) - (second * sine);
                pair[1] = (second * cosines[i]) + (first * sine);
            }
        }
    }
}
