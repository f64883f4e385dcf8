using FsCheck;
using FsCheck.Fluent;

namespace Sparsum.Testing;

/// <summary>Checks what must hold for every input of a kind; a counterexample is shrunk to the smallest. Seeded, so that runs repeat.</summary>
public static class Properties
{
    private static readonly Config Config = Config.QuickThrowOnFailure.WithMaxTest(200).WithReplay(20261130, 1);

    /// <summary>Whole numbers from one to another, both included.</summary>
    public static Gen<int> Integers(int least, int most) => Gen.Choose(least, most);

    /// <summary>Finite floats, half of them out of few values, so that many are equal.</summary>
    public static Gen<float[]> Floats(int count) => Gen.ArrayOf(
        Gen.OneOf(
            Gen.Elements(0f, -0f, 1f, 2f, 3f, float.Epsilon, float.MaxValue),
            Gen.Choose(0, 1 << 20).Select(value => value / 1024f)),
        count);

    /// <summary>Runs a check on generated inputs.</summary>
    /// <param name="inputs">What to draw from.</param>
    /// <param name="check">Throws where the property does not hold.</param>
    public static void Hold<T>(Gen<T> inputs, Action<T> check) => Prop.ForAll(inputs.ToArbitrary(), check).Check(Config);
}
