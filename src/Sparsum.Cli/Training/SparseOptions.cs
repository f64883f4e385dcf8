using System.CommandLine;
using System.Globalization;
using Sparsum.Cli.Methods;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Pruning.SparseTraining;

namespace Sparsum.Cli.Training;

/// <summary>The options of every verb that trains sparse: method, targets, and short forms of the settings that matter most.</summary>
internal sealed class SparseOptions
{
    private readonly Option<double?> alpha = Factor("--alpha", "A", "Factor of the attention penalty.");
    private readonly Option<double?> beta = Factor("--beta", "B", "Factor of the MLP penalty.");
    private readonly Option<double?> lambda = Factor("--lambda", "L", "Factor of the l1 penalty.");

    private readonly Option<double?> theta = OptionFactory.OptionalNumber(
        "--theta", "T", "Largest difference between the weights of similar heads; negative keeps all heads.", "a number", double.IsFinite);

    private readonly Option<string?> headCriterion = OptionFactory.Text(
        "--head-criterion", "redundancy|importance|both", "Which heads go.");

    private readonly Option<double?> epsilon = OptionFactory.OptionalNumber(
        "--epsilon", "E", "Magnitudes below this count as zero.", "a number above 0", value => value > 0 && double.IsFinite(value));

    private readonly Option<string?> penaltyMode = OptionFactory.Text(
        "--penalty-mode", "coupled|clip-at-zero|proximal", "How penalties act on the weights.");

    private readonly Option<double?> sparsity = OptionFactory.OptionalNumber(
        "--sparsity", "S", "Share of the regularised weights that is to be zero in the end, exactly.", "a number in [0, 1)", value => value is >= 0 and < 1);

    private readonly Option<int?> heads = OptionFactory.OptionalInteger("--heads", "N", "Attention heads that are to be left in the end, exactly.", 1);

    private readonly Option<bool> compatible = OptionFactory.Flag(
        "--compatible", "Start from the choices of the method's publication to the letter instead of the defaults; --set goes on top.");

    private readonly Option<string[]> settings = MethodSettingOption.Create();

    private readonly Option<string> method = OptionFactory.Choice(
        "--method",
        "What makes the model sparse; neuroprune without --sparsity and --heads is the method as it was published.",
        "dense",
        [.. TrainingCatalog.Methods.Select(entry => entry.Name)]);

    public IEnumerable<Option> All =>
        [method, alpha, beta, lambda, theta, headCriterion, epsilon, penaltyMode, sparsity, heads, compatible, settings];

    /// <summary>Where the run is to end.</summary>
    public SparseTargets ReadTargets(RunContext context) => new() { Sparsity = context.Get(sparsity), Heads = context.Get(heads) };

    /// <summary>The method that was chosen, with its settings, short forms included.</summary>
    /// <param name="context">The run.</param>
    /// <param name="verb">The verb that lists the settings.</param>
    /// <exception cref="InvalidInputException">A setting is unknown, not the method's, or given twice.</exception>
    public ISparseMethod ReadMethod(RunContext context, string verb)
    {
        var entry = TrainingCatalog.Methods.First(known => known.Name == context.Get(method));
        var given = new GivenSettings(context.Get(settings), TrainingCatalog.Methods, verb);
        given.RequireUsed([entry]);
        foreach (var (option, value) in ShortForms(context))
        {
            string name = $"{entry.Name}.{option.Name.TrimStart('-')}";
            if (!entry.Properties.Any(property => property.IsCalled(name)))
            {
                throw new InvalidInputException("unused-option", $"The method {entry.Name} has no use for {option.Name}.")
                {
                    File = option.Name,
                    Found = $"{option.Name} with --method {entry.Name}",
                    Hint = "Leave it out, or choose another method.",
                };
            }

            given.Add(name, value, option.Name);
        }

        return entry.Create(given.Bind(entry, context.Get(compatible)));
    }

    private static Option<double?> Factor(string name, string helpName, string description) =>
        OptionFactory.OptionalNumber(name, helpName, description, "a number of at least 0", value => value >= 0 && double.IsFinite(value));

    private IEnumerable<(Option Option, string Value)> ShortForms(RunContext context)
    {
        foreach (var option in new[] { alpha, beta, lambda, theta, epsilon })
        {
            if (context.Get(option) is { } value)
            {
                yield return (option, value.ToString("R", CultureInfo.InvariantCulture));
            }
        }

        foreach (var option in new[] { headCriterion, penaltyMode })
        {
            if (context.Get(option) is { } text)
            {
                yield return (option, text);
            }
        }
    }
}
