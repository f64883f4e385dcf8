using Sparsum.Core;


namespace Sparsum.Transformers.Models;

/// <summary>Checks of configuration values that the types alone do not make.</summary>
public static class ConfigCheck
{
    /// <summary>Larger than any model has, small enough that products of two sizes fit 64 bits and a skeleton fits memory.</summary>
    private const int LargestSize = 1 << 24;

    private const int MostLayers = 10_000;

    /// <summary>Checks that sizes are at least 1 and believable.</summary>
    /// <exception cref="InvalidInputException">One is not.</exception>
    public static void Sizes(params ReadOnlySpan<(string Key, int Value)> sizes)
    {
        foreach (var (key, value) in sizes)
        {
            int largest = key.Contains("layer", StringComparison.Ordinal) ? MostLayers : LargestSize;
            if (value < 1 || value > largest)
            {
                throw Invalid(key, $"{value}", $"1 to {largest}");
            }
        }
    }

    /// <summary>Checks that the product of two sizes is believable.</summary>
    /// <exception cref="InvalidInputException">It is not.</exception>
    public static void Product((string Key, int Value) first, (string Key, int Value) second)
    {
        long product = (long)first.Value * second.Value;
        if (product > LargestSize)
        {
            throw Invalid($"{first.Key} * {second.Key}", $"{product}", $"at most {LargestSize}");
        }
    }

    /// <summary>Checks that <paramref name="value"/> is a multiple of <paramref name="divisor"/>.</summary>
    /// <exception cref="InvalidInputException">It is not.</exception>
    public static void Divisible(string key, int value, string divisorKey, int divisor)
    {
        if (divisor < 1 || value % divisor != 0)
        {
            throw Invalid(key, $"{value}", $"a multiple of {divisorKey}, {divisor}");
        }
    }

    /// <summary>Checks that dropout rates leave something.</summary>
    /// <exception cref="InvalidInputException">One is not in [0, 1).</exception>
    public static void Rates(params ReadOnlySpan<(string Key, double Value)> rates)
    {
        foreach (var (key, value) in rates)
        {
            if (!(value >= 0 && value < 1))
            {
                throw Invalid(key, FormattableString.Invariant($"{value}"), "at least 0 and below 1");
            }
        }
    }

    /// <summary>Checks that numbers are positive and finite.</summary>
    /// <exception cref="InvalidInputException">One is not.</exception>
    public static void Positive(params ReadOnlySpan<(string Key, double Value)> numbers)
    {
        foreach (var (key, value) in numbers)
        {
            if (!(value > 0) || !double.IsFinite(value))
            {
                throw Invalid(key, FormattableString.Invariant($"{value}"), "a positive number");
            }
        }
    }

    /// <summary>The error for a value that the architecture can have but this engine does not compute.</summary>
    public static InvalidInputException Unsupported(string key, string found, string expected) =>
        new("unsupported-config", $"'{key}' is {found}, which is not supported.")
        {
            Found = $"{key}: {found}",
            Expected = $"{key}: {expected}",
        };

    /// <summary>The error for a value that makes no sense.</summary>
    public static InvalidInputException Invalid(string key, string found, string expected) =>
        new("invalid-config", $"'{key}' is {found}; it must be {expected}.")
        {
            Found = $"{key}: {found}",
            Expected = $"{key}: {expected}",
        };
}
