using Sparsum.Tensors;
using Sparsum.Tensors.Optimization;
using Sparsum.Transformers.Layers;

namespace Sparsum.Training.Optimization;

/// <summary>What the optimiser keeps beside one parameter.</summary>
public sealed class ParameterState : IDisposable
{
    internal ParameterState(Parameter parameter, bool decays)
    {
        Parameter = parameter;
        Decays = decays;
        FirstMoment = Tensor.Zeros(parameter.Shape);
        SecondMoment = Tensor.Zeros(parameter.Shape);
    }

    /// <summary>The parameter.</summary>
    public Parameter Parameter { get; }

    /// <summary>Whether weight decay acts on it.</summary>
    public bool Decays { get; }

    /// <summary>Whether steps leave the parameter as it is. Its gradient has a part in the norm that is clipped all the same.</summary>
    public bool IsFrozen { get; set; }

    /// <summary>Running mean of the gradient, in the parameter's shape.</summary>
    public Tensor FirstMoment { get; private set; }

    /// <summary>Running mean of the squared gradient, in the parameter's shape.</summary>
    public Tensor SecondMoment { get; private set; }

    /// <summary>The penalty that the next steps apply; set by a sparse-training method, null for none.</summary>
    public FusedPenalty? Penalty { get; set; }

    /// <summary>Filled by every step from the weight it has written; set by a sparse-training method that looks at them.</summary>
    public SweepStatistics? Statistics { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }

    /// <summary>Cuts the moments; penalty and statistics fit the old shape only and are dropped.</summary>
    internal void Cut(ParameterSlice slice)
    {
        var (first, second) = (slice.Cut(FirstMoment), slice.Cut(SecondMoment));
        Dispose();
        (FirstMoment, SecondMoment) = (first, second);
        (Penalty, Statistics) = (null, null);
    }
}
