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
    /// <exception cref="Core.InvalidInputException">The configuration has a value that its architecture cannot have.</exception>
    public static TransformerModel Create(ModelConfig config, ulong seed) => Create(ArchitectureRegistry.BuiltIn.Of(config), config, seed);

    /// <summary>A model with fresh weights; the caller disposes of it.</summary>
    /// <param name="architecture">The family.</param>
    /// <param name="config">A configuration of it.</param>
    /// <param name="seed">Each parameter draws from its own stream of this seed.</param>
    /// <exception cref="Core.InvalidInputException">The configuration has a value that its architecture cannot have.</exception>
    public static TransformerModel Create(IArchitecture architecture, ModelConfig config, ulong seed)
    {
        var model = architecture.Create(config);
        Fill(model, config.InitializerStd(), seed);
        return model;
    }

    /// <summary>Gives every parameter of a model fresh values.</summary>
    /// <param name="model">The model; earlier values are replaced.</param>
    /// <param name="deviation">Standard deviation of matrices and embeddings that have none of their own in <see cref="TransformerModel.InitializerStdTests"/>.</param>
    /// <param name="seed">Each parameter draws from its own stream of this seed.</param>
    public static void Fill(TransformerModel model, double deviation, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(deviation);
        Fill(model, model.Parameters.ToHashSet(), deviation, seed);
    }

    /// <summary>Gives some of a model's parameters the values that <see cref="Fill(TransformerModel, double, ulong)"/> would give them.</summary>
    internal static void Fill(TransformerModel model, IReadOnlySet<Parameter> chosen, double deviation, ulong seed)
    {
        var constants = Constants(model);
        foreach (var (stream, parameter) in model.Parameters.Index().Where(item => chosen.Contains(item.Item)))
        {
            var values = Tensor.Allocate(parameter.Shape);
            if (constants.TryGetValue(parameter, out float constant))
            {
                values.Span.Fill(constant);
            }
            else
            {
                FillNormal(values, model.InitializerStdTests.GetValueOrDefault(parameter, deviation), new Pcg32(seed, (ulong)stream));
            }

            parameter.Set(values);
        }
    }

    private static Dictionary<Parameter, float> Constants(TransformerModel model)
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
