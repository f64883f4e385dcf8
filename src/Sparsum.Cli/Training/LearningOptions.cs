using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining.Runs;
using Sparsum.Training.Schedules;

namespace Sparsum.Cli.Training;

/// <summary>The options of every verb that trains which say how fast it learns, and towards what.</summary>
/// <param name="shape">The schedule where none is given.</param>
/// <param name="share">The share of warm-up where none is given.</param>
internal sealed class LearningOptions(string shape, double share)
{
    private readonly Option<string> schedule = OptionFactory.Choice(
        "--schedule", "How the learning rate goes on after warm-up.", shape, [.. Enum.GetValues<ScheduleShape>().Select(NameOf)]);

    private readonly Option<double> warmup = OptionFactory.Number(
        "--warmup", "S", "Share of the steps over which the learning rate rises.", share, "a number in [0, 1]", value => value is >= 0 and <= 1);

    private readonly Option<int?> warmupSteps = OptionFactory.OptionalInteger("--warmup-steps", "N", "Instead of --warmup: the steps themselves.", 0);

    private readonly Option<double> labelSmoothing = OptionFactory.Number(
        "--label-smoothing", "E", "Share of every target that all tokens or classes have alike.", 0, "a number in [0, 1)", value => value is >= 0 and < 1);

    private readonly Option<string?> betas = OptionFactory.Text(
        "--adam-betas", "B1,B2", "How fast Adam forgets gradients and their squares; by default 0.9,0.999.");

    private readonly Option<string> activations = OptionFactory.Choice(
        "--activations", "How what only gradients still need is kept: in bfloat16 it takes half of the memory and rounds gradients, not results.", "float32", "float32", "bfloat16");

    private readonly Option<bool> recompute = OptionFactory.Flag(
        "--recompute", "Keep only what goes into each block and compute the block again for its gradients: less memory, a third more time, the same weights.");

    public IEnumerable<Option> All => [schedule, warmup, warmupSteps, labelSmoothing, betas, activations, recompute];

    /// <summary>The options of a run with what the command line says.</summary>
    /// <exception cref="InvalidInputException">A value does not fit, or two say the same.</exception>
    public T Read<T>(RunContext context, T options)
        where T : TrainingRunOptions
    {
        if (context.IsGiven(warmup) && context.IsGiven(warmupSteps))
        {
            throw new InvalidInputException("conflicting-options", "Warm-up is given in steps or as a share of them.")
            {
                File = warmupSteps.Name,
                Found = $"{warmup.Name} together with {warmupSteps.Name}",
                Hint = "Leave out one of the two.",
            };
        }

        return options with
        {
            Schedule = Enum.GetValues<ScheduleShape>().First(known => NameOf(known) == context.Get(schedule)),
            Warmup = context.Get(warmup),
            WarmupSteps = context.Get(warmupSteps),
            LabelSmoothing = context.Get(labelSmoothing),
            RoundsActivations = context.Get(activations) == "bfloat16",
            Recomputes = context.Get(recompute),
            AdamBetas = context.Get(betas) is { } text ? Parse(text) : options.AdamBetas,
        };
    }

    private static string NameOf(ScheduleShape known) => JsonNamingPolicy.KebabCaseLower.ConvertName(known.ToString());

    private (double First, double Second) Parse(string text)
    {
        double[] values =
        [
            .. text.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN),
        ];
        return values is [>= 0 and < 1, >= 0 and < 1]
            ? (values[0], values[1])
            : throw OptionFactory.Invalid(betas.Name, text, "two numbers in [0, 1), e.g. 0.9,0.98");
    }
}
