using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Optimization;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Training.Optimization;

/// <summary>
/// AdamW (Loshchilov and Hutter 2019) over the parameters of a model, with clipping of the global gradient norm. Backward adds to the
/// gradients, so several passes between two steps accumulate. The same bits for any number of threads.
/// </summary>
public sealed class Optimizer : IDisposable
{
    private readonly IBackend backend;
    private readonly Dictionary<Parameter, ParameterState> states;
    private int firstStep;

    /// <summary>Begins with zero gradients and zero moments.</summary>
    /// <param name="backend">What computes; stays the caller's.</param>
    /// <param name="model">A model with loaded values; all of its parameters are trained.</param>
    /// <param name="options">How to step.</param>
    public Optimizer(IBackend backend, TransformerModel model, OptimizerOptions options)
    {
        this.backend = backend;
        Options = options;
        var exempt = options.DecayRule == DecayRule.All ? [] : BiasesAndNorms(model);
        Parameters = [.. model.Parameters.Where(parameter => !parameter.IsBuffer).Select(parameter => new ParameterState(parameter, !exempt.Contains(parameter)))];
        states = Parameters.ToDictionary(state => state.Parameter);
        ClearGradients();
    }

    /// <summary>How it steps.</summary>
    public OptimizerOptions Options { get; }

    /// <summary>The state of every parameter, in the order of the model.</summary>
    public IReadOnlyList<ParameterState> Parameters { get; }

    /// <summary>Steps so far.</summary>
    public int StepCount { get; internal set; }

    /// <summary>
    /// The sum of squared gradients of numbers that a hook steps itself but that are clipped together with the parameters; 0 unless set.
    /// </summary>
    public double OutsideSquares { get; set; }

    /// <summary>The state of one parameter.</summary>
    /// <exception cref="ArgumentException">The parameter is not of the model.</exception>
    public ParameterState StateOf(Parameter parameter) => states.TryGetValue(parameter, out var state)
        ? state
        : throw new ArgumentException($"'{parameter.Name}' is no parameter of this optimiser.", nameof(parameter));

    /// <summary>Sets every gradient to zero, as before the first pass of a step.</summary>
    public void ClearGradients()
    {
        foreach (var state in Parameters)
        {
            state.Parameter.EnableGradient();
        }
    }

    /// <summary>Updates every parameter from its gradient, which stays as it is.</summary>
    /// <param name="learningRate">The rate of this step.</param>
    /// <exception cref="RunFailedException">A gradient is NaN or infinite; nothing was changed.</exception>
    public OptimizerStep Step(double learningRate)
    {
        var squares = new GradientSquares(OutsideSquares, OutsideSquares);
        foreach (var state in Parameters)
        {
            var own = AdamW.Squares(backend, state.Parameter.Value, Gradient(state), state.Penalty);
            squares += double.IsFinite(own.Total) ? own : throw NotFinite(state.Parameter);
        }

        double scale = Options.MaxGradientNorm is { } maximum ? squares.ClipScale(maximum) : 1;
        StepCount++;
        int number = StepCount - firstStep;
        var adamW = Options.AdamWAt(number);
        foreach (var state in Parameters)
        {
            if (state.IsFrozen)
            {
                continue;
            }

            var step = new AdamWStep(number, learningRate)
            {
                WeightDecay = state.Decays ? Options.WeightDecay : 0,
                GradientScale = scale,
            };
            AdamW.Step(
                backend,
                adamW,
                step,
                state.Parameter.Value,
                Gradient(state),
                state.FirstMoment,
                state.SecondMoment,
                state.Penalty,
                state.Statistics);
        }

        return new OptimizerStep(StepCount, learningRate, squares.TaskNorm, squares.TotalNorm, scale);
    }

    /// <summary>
    /// Follows parameters that gave up a part: their moments are cut alike. Their penalties and statistics are dropped; the method that
    /// set them sets new ones.
    /// </summary>
    /// <param name="slices">What the removal returned.</param>
    /// <exception cref="ArgumentException">A parameter is not of the model, or a slice does not fit.</exception>
    public void Cut(IEnumerable<ParameterSlice> slices)
    {
        foreach (var slice in slices)
        {
            StateOf(slice.Parameter).Cut(slice);
        }
    }

    /// <summary>Disposes of the moments and ends training of the parameters; their values stay.</summary>
    public void Dispose()
    {
        foreach (var state in Parameters)
        {
            state.Parameter.DisableGradient();
            state.Dispose();
        }
    }

    /// <summary>Counts steps from here on; at that very step the moments are zero.</summary>
    internal void BeginAt(int step)
    {
        firstStep = step;
        if (StepCount == step)
        {
            foreach (var state in Parameters)
            {
                state.FirstMoment.Clear();
                state.SecondMoment.Clear();
            }
        }
    }

    private static HashSet<Parameter> BiasesAndNorms(TransformerModel model) =>
    [
        .. model.Linears.Select(linear => linear.Bias).OfType<Parameter>(),
        .. model.Normalizations.SelectMany(norm => norm.Parameters),
    ];

    private static Tensor Gradient(ParameterState state) => state.Parameter.Gradient
        ?? throw new InvalidOperationException($"'{state.Parameter.Name}' has lost its gradient.");

    private RunFailedException NotFinite(Parameter parameter) => new(
        "gradient-not-finite", $"The gradient of '{parameter.Name}' is not finite after {StepCount} steps; nothing was changed.")
    {
        Found = "NaN or infinity",
        Expected = "finite numbers",
        Hint = "Lower the learning rate, or clip the gradient norm.",
    };
}
