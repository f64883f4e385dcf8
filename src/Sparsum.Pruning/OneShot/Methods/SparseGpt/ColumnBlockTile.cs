using System.Numerics;
using System.Runtime.CompilerServices;
using Sparsum.Tensors;
using Sparsum.Tensors.Memory;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.OneShot.Methods.SparseGpt;

/// <summary>
/// Some rows of a slab in double precision, one column after the other in memory: <c>[width, Lanes]</c>, small enough for a first-level
/// cache. The errors of a column stay in registers while they pass over the columns to its right.
/// </summary>
internal sealed unsafe class ColumnBlockTile : IDisposable
{
    private const int Vectors = 8;

    private readonly int width;
    private readonly NativeBuffer values;
    private readonly NativeBuffer errors;
    private readonly bool[] pruned;

    /// <summary>A tile for so many columns.</summary>
    public ColumnBlockTile(int width)
    {
        this.width = width;
        values = new NativeBuffer((long)width * Lanes * sizeof(double));
        errors = new NativeBuffer((long)width * Lanes * sizeof(double));
        pruned = new bool[width * Lanes];
    }

    /// <summary>Rows of a tile.</summary>
    public static int Lanes => Vectors * Vector<double>.Count;

    /// <summary>The scales of the rows at hand, for rounding.</summary>
    public float[] Scales { get; } = [.. Enumerable.Repeat(1f, Lanes)];

    /// <summary>Weights that were to stay and became zero by rounding.</summary>
    public long RoundedToZero { get; private set; }

    /// <summary>The weights of a column.</summary>
    public Span<double> Values(int column) => new((double*)values.Pointer + (column * Lanes), Lanes);

    /// <summary>Which weights of a column are to become zero.</summary>
    public Span<bool> Pruned(int column) => pruned.AsSpan(column * Lanes, Lanes);

    /// <summary>Reads rows of a transposed slab <c>[width, R]</c>; lanes beyond them are zero.</summary>
    public void Load(Tensor columns, int first, int count)
    {
        for (int i = 0; i < width; i++)
        {
            var source = columns.Row(i).Slice(first, count);
            var target = Values(i);
            target[count..].Clear();
            for (int lane = 0; lane < count; lane++)
            {
                target[lane] = source[lane];
            }
        }
    }

    /// <summary>Writes the rows back, and the negated errors beside them.</summary>
    public void Store(Tensor columns, Tensor negatedErrors, int first, int count)
    {
        for (int i = 0; i < width; i++)
        {
            var target = columns.Row(i).Slice(first, count);
            var error = negatedErrors.Row(i).Slice(first, count);
            double* negated = (double*)errors.Pointer + (i * Lanes);
            for (int lane = 0; lane < count; lane++)
            {
                target[lane] = (float)Values(i)[lane];
                error[lane] = (float)negated[lane];
            }
        }
    }

    /// <summary>
    /// Zeroes the marked weights of a column and spreads what that costs over the columns to its right: with the error
    /// <c>e = W_i / U_ii</c>, <c>W_j -= e · U_ij</c>.
    /// </summary>
    /// <param name="column">The column, <c>i</c>.</param>
    /// <param name="factor">Elements <c>(i, i)</c> to <c>(i, width-1)</c> of <c>U</c>.</param>
    public void Eliminate(int column, ReadOnlySpan<double> factor)
    {
        double* own = (double*)values.Pointer + (column * Lanes);
        double* negated = (double*)errors.Pointer + (column * Lanes);
        var marks = Pruned(column);
        for (int lane = 0; lane < marks.Length; lane++)
        {
            negated[lane] = marks[lane] ? -own[lane] / factor[0] : 0;
            own[lane] = marks[lane] ? 0 : own[lane];
        }

        fixed (double* u = factor)
        {
            Spread(negated, own + Lanes, u + 1, factor.Length - 1);
        }
    }

    /// <summary>
    /// The same where the weights that stay are rounded: what they lose goes into the error as well (Frantar and Alistarh 2023, joint
    /// sparsification and quantization).
    /// </summary>
    /// <param name="column">The column, <c>i</c>.</param>
    /// <param name="factor">Elements <c>(i, i)</c> to <c>(i, width-1)</c> of <c>U</c>.</param>
    /// <param name="quantization">How weights are rounded, to steps of <see cref="Scales"/>.</param>
    public void Eliminate(int column, ReadOnlySpan<double> factor, WeightQuantization quantization)
    {
        double* own = (double*)values.Pointer + (column * Lanes);
        double* negated = (double*)errors.Pointer + (column * Lanes);
        var marks = Pruned(column);
        for (int lane = 0; lane < marks.Length; lane++)
        {
            double kept = marks[lane] ? 0 : quantization.Step(own[lane], Scales[lane]) * (double)Scales[lane];
            RoundedToZero += kept == 0 && !marks[lane] && own[lane] != 0 ? 1 : 0;
            negated[lane] = (kept - own[lane]) / factor[0];
            own[lane] = kept;
        }

        fixed (double* u = factor)
        {
            Spread(negated, own + Lanes, u + 1, factor.Length - 1);
        }
    }

    /// <summary>The weight of the largest magnitude in a row, among columns from one to before another.</summary>
    public double Extreme(int lane, int first, int end)
    {
        double extreme = 0;
        for (int i = first; i < end; i++)
        {
            double value = Values(i)[lane];
            extreme = Math.Abs(value) > Math.Abs(extreme) ? value : extreme;
        }

        return extreme;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        values.Dispose();
        errors.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread(double* errors, double* target, double* factor, int count)
    {
        int lanes = Vector<double>.Count;
        var e0 = Vector.Load(errors);
        var e1 = Vector.Load(errors + lanes);
        var e2 = Vector.Load(errors + (2 * lanes));
        var e3 = Vector.Load(errors + (3 * lanes));
        var e4 = Vector.Load(errors + (4 * lanes));
        var e5 = Vector.Load(errors + (5 * lanes));
        var e6 = Vector.Load(errors + (6 * lanes));
        var e7 = Vector.Load(errors + (7 * lanes));
        for (int j = 0; j < count; j++, target += Vectors * lanes)
        {
            var u = Vector.Create(factor[j]);
            Vector.FusedMultiplyAdd(e0, u, Vector.Load(target)).Store(target);
            Vector.FusedMultiplyAdd(e1, u, Vector.Load(target + lanes)).Store(target + lanes);
            Vector.FusedMultiplyAdd(e2, u, Vector.Load(target + (2 * lanes))).Store(target + (2 * lanes));
            Vector.FusedMultiplyAdd(e3, u, Vector.Load(target + (3 * lanes))).Store(target + (3 * lanes));
            Vector.FusedMultiplyAdd(e4, u, Vector.Load(target + (4 * lanes))).Store(target + (4 * lanes));
            Vector.FusedMultiplyAdd(e5, u, Vector.Load(target + (5 * lanes))).Store(target + (5 * lanes));
            Vector.FusedMultiplyAdd(e6, u, Vector.Load(target + (6 * lanes))).Store(target + (6 * lanes));
            Vector.FusedMultiplyAdd(e7, u, Vector.Load(target + (7 * lanes))).Store(target + (7 * lanes));
        }
    }
}
