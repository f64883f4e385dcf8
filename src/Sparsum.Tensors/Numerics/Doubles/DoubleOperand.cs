namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>One side of a matrix product: lanes, which become rows or columns of the result, of depths, which are summed over.</summary>
/// <param name="First">The first depth of the first lane.</param>
/// <param name="Stride">Doubles from one row in memory to the next.</param>
/// <param name="LanesAreRows">Whether a row in memory is a lane; otherwise it is a depth.</param>
internal readonly unsafe record struct DoubleOperand(nint First, nint Stride, bool LanesAreRows)
{
    /// <summary>Lanes that are rows in memory.</summary>
    public static DoubleOperand Rows(double* first, nint stride) => new((nint)first, stride, true);

    /// <summary>Lanes that are columns in memory.</summary>
    public static DoubleOperand Columns(double* first, nint stride) => new((nint)first, stride, false);

    /// <summary>Packs some lanes and depths into panels of <paramref name="width"/> lanes.</summary>
    public void Pack(int lane, int lanes, int depth, int depths, int width, double* panels)
    {
        double* first = (double*)First;
        if (LanesAreRows)
        {
            DoublePanels.PackRows(first + (lane * Stride) + depth, Stride, lanes, depths, width, panels);
        }
        else
        {
            DoublePanels.PackColumns(first + (depth * Stride) + lane, Stride, lanes, depths, width, isLower: false, panels);
        }
    }
}
