using System.CommandLine;
using Sparsum.Cli.Running;
using Sparsum.Core;

namespace Sparsum.Cli.Options;

/// <summary>Refuses options that a run would ignore: who gives one believes that it counts.</summary>
internal static class IdleOptions
{
    /// <summary>Refuses every one of the options that was given.</summary>
    /// <param name="context">The run.</param>
    /// <param name="why">What makes them do nothing, to end a sentence with: "without --picture".</param>
    /// <param name="cure">What to do instead of leaving the option out, to end a sentence with; null for nothing.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="InvalidInputException">One was given: <c>unused-option</c>.</exception>
    public static void RefuseIdle(this RunContext context, string why, string? cure, params IEnumerable<Option> options)
    {
        if (options.FirstOrDefault(context.IsGiven) is { } idle)
        {
            throw new InvalidInputException("unused-option", $"{idle.Name} would have no effect {why}.")
            {
                File = idle.Name,
                Found = $"{idle.Name} {why}",
                Hint = cure is null ? "Leave it out." : $"Leave it out, or {cure}.",
            };
        }
    }

    /// <summary>Refuses two options that exclude each other.</summary>
    /// <exception cref="InvalidInputException">Both were given: <c>conflicting-options</c>.</exception>
    public static void RefuseBoth(this RunContext context, string message, Option one, Option other)
    {
        if (context.IsGiven(one) && context.IsGiven(other))
        {
            throw new InvalidInputException("conflicting-options", message)
            {
                File = one.Name,
                Found = $"{one.Name} together with {other.Name}",
                Hint = "Leave out one of the two.",
            };
        }
    }
}
