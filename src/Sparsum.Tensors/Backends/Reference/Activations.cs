namespace Sparsum.Tensors.Backends.Reference;

/// <summary>The activations in double precision.</summary>
public static class Activations
{
    /// <summary>The activation of one number.</summary>
    public static double Apply(Activation activation, double x) => activation switch
    {
        Activation.Identity => x,
        Activation.Relu => x < 0 ? 0 : x,
        Activation.GeluErf => 0.5 * x * (1 + Erf(x / Math.Sqrt(2))),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        Activation.Silu => x / (1 + Math.Exp(-x)),
        Activation.Tanh => Math.Tanh(x),
        Activation.Sigmoid => 1 / (1 + Math.Exp(-x)),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };

    /// <summary>The derivative of the activation; 0 at the kink of <see cref="Activation.Relu"/>.</summary>
    public static double Derivative(Activation activation, double x)
    {
        switch (activation)
        {
            case Activation.Identity:
                return 1;
            case Activation.Relu:
                return x > 0 ? 1 : 0;
            case Activation.GeluErf:
                return (0.5 * (1 + Erf(x / Math.Sqrt(2)))) + (x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI));
            case Activation.GeluTanh:
                double tanh = Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)));
                return (0.5 * (1 + tanh)) + (0.5 * x * (1 - (tanh * tanh)) * Math.Sqrt(2 / Math.PI) * (1 + (3 * 0.044715 * x * x)));
            case Activation.Silu:
                double sigmoid = 1 / (1 + Math.Exp(-x));
                return sigmoid * (1 + (x * (1 - sigmoid)));
            case Activation.Tanh:
                return 1 - Math.Pow(Math.Tanh(x), 2);
            case Activation.Sigmoid:
                double probability = 1 / (1 + Math.Exp(-x));
                return probability * (1 - probability);
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, null);
        }
    }

    /// <summary>
    /// The error function to about 1e-15: its Maclaurin series near zero, the continued fraction of erfc (Abramowitz and Stegun 7.1.14)
    /// farther out.
    /// </summary>
    public static double Erf(double x)
    {
        double magnitude = Math.Abs(x);
        if (magnitude < 2.5)
        {
            double term = magnitude;
            double sum = magnitude;
            for (int n = 1; n < 80; n++)
            {
                term *= -magnitude * magnitude / n;
                sum += term / ((2 * n) + 1);
            }

            return Math.Sign(x) * sum * 2 / Math.Sqrt(Math.PI);
        }

        double fraction = 0;
        for (int n = 60; n > 0; n--)
        {
            fraction = n / 2.0 / (magnitude + fraction);
        }

        double complement = magnitude > 27 ? 0 : Math.Exp(-magnitude * magnitude) / ((magnitude + fraction) * Math.Sqrt(Math.PI));
        return Math.Sign(x) * (1 - complement);
    }
}
