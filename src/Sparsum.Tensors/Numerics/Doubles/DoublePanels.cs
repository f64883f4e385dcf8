namespace Sparsum.Tensors.Numerics.Doubles;

/// <summary>Copies operands into panels <c>[depth, width]</c>, one after the other; lanes that fill up the last one are zero.</summary>
internal static unsafe class DoublePanels
{
    /// <summary>Doubles that the panels of so many lanes take.</summary>
    public static long Size(int lanes, int depth, int width) => (long)(lanes + width - 1) / width * width * depth;

    /// <summary>Packs lanes that are rows in memory, each with its depths side by side.</summary>
    public static void PackRows(double* source, nint stride, int lanes, int depth, int width, double* panels)
    {
        for (int first = 0; first < lanes; first += width, panels += (nint)depth * width)
        {
            int count = Math.Min(width, lanes - first);
            for (int lane = 0; lane < width; lane++)
            {
                double* row = source + ((first + lane) * stride);
                for (int k = 0; k < depth; k++)
                {
                    panels[((nint)k * width) + lane] = lane < count ? row[k] : 0;
                }
            }
        }
    }

    /// <summary>Packs lanes that are columns in memory.</summary>
    /// <param name="source">The first element.</param>
    /// <param name="stride">Doubles from one depth to the next.</param>
    /// <param name="lanes">Columns to pack.</param>
    /// <param name="depth">Rows to pack.</param>
    /// <param name="width">Lanes of a panel.</param>
    /// <param name="isLower">Whether the matrix is lower triangular: what memory holds above its diagonal is taken as zero.</param>
    /// <param name="panels">Receives the panels.</param>
    public static void PackColumns(double* source, nint stride, int lanes, int depth, int width, bool isLower, double* panels)
    {
        for (int first = 0; first < lanes; first += width)
        {
            for (int k = 0; k < depth; k++, panels += width)
            {
                int count = Math.Max(0, Math.Min(width, (isLower ? Math.Min(lanes, k + 1) : lanes) - first));
                new ReadOnlySpan<double>(source + (k * stride) + first, count).CopyTo(new Span<double>(panels, width));
                new Span<double>(panels + count, width - count).Clear();
            }
        }
    }
}
