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
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };

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
