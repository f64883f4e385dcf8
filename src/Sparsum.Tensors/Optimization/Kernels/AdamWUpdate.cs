namespace Sparsum.Tensors.Optimization.Kernels;

/// <summary>One step of AdamW on one parameter, row by row; rows are independent.</summary>
/// <param name="Weight">Read and written.</param>
/// <param name="Gradient">Read.</param>
/// <param name="FirstMoment">Read and written.</param>
/// <param name="SecondMoment">Read and written.</param>
/// <param name="Penalty">The penalty, if the parameter has one.</param>
/// <param name="Constants">The factors of the step.</param>
internal readonly unsafe record struct AdamWUpdate(
    Tensor Weight, Tensor Gradient, Tensor FirstMoment, Tensor SecondMoment, SweepPenalty? Penalty, AdamWConstants Constants)
{
    /// <summary>Updates one row.</summary>
    public void Run(int row)
    {
        int width = Weight.Columns;
        long start = (long)row * width;
        fixed (float* columns = Penalty?.ColumnCoefficients)
        {
            AdamWRow.Run(
                Penalty?.Mode ?? PenaltyMode.Coupled,
                new AdamWRow.Memory(
                    Weight.Pointer + start,
                    Gradient.Pointer + start,
                    FirstMoment.Pointer + start,
                    SecondMoment.Pointer + start,
                    columns,
                    Penalty?.RowCoefficients?[row] ?? 0,
                    width),
                Constants);
        }
    }
}
