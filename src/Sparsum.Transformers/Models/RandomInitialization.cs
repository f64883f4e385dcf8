using Sparsum.Tensors;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// Fresh weights as the reference implementation draws them: matrices and embeddings normal around zero, biases zero, norms neutral. The
/// same configuration and seed give the same values.
/// </summary>
public static class RandomInitialization
{
    /// <summary>A model with fresh weights; the caller disposes of it.</summary>
    /// <exception cref="Errors.InvalidInputException">The configuration has a value that its architecture cannot have.</exception>
    public static CausalLanguageModel Create(ModelConfig config, ulong seed)
    {
        var model = Architectures.Of(config).Create(config);
        Fill(model, config.FreshDeviation(), seed);
        return model;
    }

    /// <summary>Gives every parameter of a model fresh values.</summary>
    /// <param name="model">The model; earlier values are replaced.</param>
    /// <param name="deviation">Standard deviation of matrices and embeddings.</param>
    /// <param name="seed">Each parameter draws from its own stream of this seed.</param>
    public static void Fill(CausalLanguageModel model, double deviation, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(deviation);
        var constants = Constants(model);
        ulong stream = 0;
        foreach (var parameter in model.Parameters)
        {
            var values = Tensor.Allocate(parameter.Shape);
            if (constants.TryGetValue(parameter, out float constant))
            {
                values.Span.Fill(constant);
            }
            else
            {
                FillNormal(values, deviation, new Pcg32(seed, stream));
            }

            parameter.Set(values);
            stream++;
        }
    }

    private static Dictionary<Parameter, float> Constants(CausalLanguageModel model)
    {
        var constants = new Dictionary<Parameter, float>();
        foreach (var norm in model.Normalizations)
        {
            // With a unit offset the factor is one more than the weight.
            constants[norm.Scale] = norm.HasUnitOffset ? 0 : 1;
            if (norm.Shift is not null)
            {
                constants[norm.Shift] = 0;
            }
        }

        foreach (var linear in model.Linears)
        {
            if (linear.Bias is not null)
            {
                constants[linear.Bias] = 0;
            }
        }

        return constants;
    }

    private static void FillNormal(Tensor values, double deviation, Pcg32 random)
    {
        for (int row = 0; row < values.RowCount; row++)
        {
            foreach (ref float value in values.Row(row))
            {
                value = (float)(deviation * random.NextNormal());
            }
        }
    }
}
