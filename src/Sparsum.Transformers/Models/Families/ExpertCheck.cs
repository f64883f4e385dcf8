namespace Sparsum.Transformers.Models.Families;

/// <summary>The rules of the sizes of experts.</summary>
internal static class ExpertCheck
{
    /// <summary>Checks number and sizes of experts.</summary>
    /// <exception cref="Core.InvalidInputException">One makes no sense.</exception>
    public static void Run(string countKey, int count, int perToken, params ReadOnlySpan<(string Key, int Value)> sizes)
    {
        ConfigCheck.Sizes((countKey, count), ("num_experts_per_tok", perToken));
        ConfigCheck.Sizes(sizes);
        if (perToken > count)
        {
            throw ConfigCheck.Invalid(
                "num_experts_per_tok", FormattableString.Invariant($"{perToken}"), FormattableString.Invariant($"at most {countKey}, {count}"));
        }
    }
}
