namespace Sparsum.Tensors.Optimization.Kernels;

/// <summary>One step of AdamW on one parameter, row by row; rows are independent.</summary>
/// <param name="weight">Read and written.</param>
/// <param name="gradient">Read.</param>
/// <param name="firstMoment">Read and written.</param>
/// <param name="secondMoment">Read and written.</param>
/// <param name="penalty">The penalty, if the parameter has one.</param>
/// <param name="constants">The factors of the step.</param>
internal sealed unsafe class AdamWUpdate(
    Tensor weight, Tensor gradient, Tensor firstMoment, Tensor secondMoment, FusedPenalty? penalty, AdamWConstants constants)
{
    private readonly float* weights = weight.Pointer;
    private readonly float* gradients = gradient.Pointer;
    private readonly float* firsts = firstMoment.Pointer;
    private readonly float* seconds = secondMoment.Pointer;
    private readonly int width = weight.Columns;
    private readonly PenaltyMode mode = penalty?.Mode ?? PenaltyMode.Coupled;
    private readonly float[]? rowCoefficients = penalty?.RowCoefficients;

    /// <summary>Coefficients per column; null when there are none.</summary>
    public float[]? ColumnCoefficients { get; } = penalty?.ColumnCoefficients;

    /// <summary>Updates one row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="columns"><see cref="ColumnCoefficients"/>, fixed.</param>
    public void Run(int row, float* columns)
    {
        long start = (long)row * width;
        AdamWRow.Run(
            mode,
            new AdamWRow.Memory(
                weights + start, gradients + start, firsts + start, seconds + start, columns, rowCoefficients is null ? 0 : rowCoefficients[row], width),
            constants);
    }
}
