using Sparsum.Tensors.Backends.Reference;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Tensors.Tests.Autograd;

/// <summary>
/// Compares gradients with central differences on the reference backend, whose sums are in double precision: the function under test is
/// reduced to one number by fixed random weights.
/// </summary>
internal static class GradientCheck
{
    /// <summary>
    /// The five-point stencil errs by the fifth derivative times step⁴/30, about 1e-7 here; outputs rounded to float32 add 6e-8 / step
    /// each.
    /// </summary>
    private const float Step = 1f / 32;

    /// <summary>Checks the gradient of every input of <paramref name="function"/>, whose result is new.</summary>
    /// <param name="inputs">What the function reads; all are watched.</param>
    /// <param name="function">The operation or chain of operations.</param>
    /// <param name="tolerance">Largest difference.</param>
    public static void Run(Tensor[] inputs, Func<Computation, Tensor[], Tensor> function, double tolerance = 5e-5)
    {
        using var backend = new ReferenceBackend();
        float[] weights;
        using (var computation = new Computation(backend))
        {
            using var output = function(computation, inputs);
            using var random = Numbers.Random(77, [.. output.Shape]);
            weights = random.ToArray();
        }

        float[][] gradients = Backward(backend, inputs, function, weights);
        for (int input = 0; input < inputs.Length; input++)
        {
            var expected = new float[inputs[input].Length];
            for (int i = 0; i < expected.Length; i++)
            {
                expected[i] = (float)Slope(backend, inputs, function, weights, input, i);
            }

            Numbers.AssertClose(expected, gradients[input], tolerance, $"gradient of input {input}");
        }
    }

    /// <summary>The gradients of all inputs under a backend.</summary>
    public static float[][] Backward(IBackend backend, Tensor[] inputs, Func<Computation, Tensor[], Tensor> function, float[] weights)
    {
        using var computation = new Computation(backend);
        using var tape = computation.Record();
        Tensor[] gradients = [.. inputs.Select(input => Tensor.Zeros(input.Shape))];
        for (int i = 0; i < inputs.Length; i++)
        {
            tape.Watch(inputs[i], gradients[i]);
        }

        using var output = function(computation, inputs);
        using var seed = Tensor.From(weights, output.Shape);
        tape.Seed(output, seed);
        tape.Backward();
        Assert.Equal(0, tape.Count);
        float[][] values = [.. gradients.Select(gradient => gradient.ToArray())];
        Array.ForEach(gradients, gradient => gradient.Dispose());
        return values;
    }

    private static double Slope(
        IBackend backend, Tensor[] inputs, Func<Computation, Tensor[], Tensor> function, float[] weights, int input, int index)
    {
        double near = At(Step) - At(-Step);
        double far = At(2 * Step) - At(-2 * Step);
        return ((8 * near) - far) / (12 * Step);

        double At(float offset)
        {
            float before = inputs[input].Span[index];
            inputs[input].Span[index] = before + offset;
            double sum = 0;
            using (var computation = new Computation(backend))
            {
                using var output = function(computation, inputs);
                for (int i = 0; i < weights.Length; i++)
                {
                    sum += (double)output.Span[i] * weights[i];
                }
            }

            inputs[input].Span[index] = before;
            return sum;
        }
    }
}
