using System.CommandLine;
using System.Globalization;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Pruning.OneShot.Methods;
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

    private readonly Option<double?> epsilon = OptionFactory.OptionalNumber(
        "--epsilon", "E", "Magnitudes below this count as zero.", "a number above 0", value => value > 0 && double.IsFinite(value));

    private readonly Option<string?> penaltyMode = OptionFactory.Text(
        "--penalty-mode", "coupled|clipAtZero|proximal", "How penalties act on the weights.");

    private readonly Option<double?> sparsity = OptionFactory.OptionalNumber(
        "--sparsity", "S", "Share of the regularised weights that is to be zero in the end, exactly.", "a number in [0, 1)", value => value is >= 0 and < 1);

    private readonly Option<int?> heads = OptionFactory.OptionalInteger("--heads", "N", "Attention heads that are to be left in the end, exactly.", 1);

    private readonly Option<string[]> settings = MethodSettingOption.Create();

    /// <summary>The method.</summary>
    public Option<string> Method { get; } = OptionFactory.Choice(
        "--method", "What makes the model sparse.", "dense", [.. SparseMethods.All.Select(method => method.Name)]);

    public IEnumerable<Option> All => [Method, alpha, beta, lambda, theta, epsilon, penaltyMode, sparsity, heads, settings];

    /// <summary>The method that was chosen.</summary>
    public ISparseMethod ReadMethod(RunContext context) => SparseMethods.Get(context.Get(Method));

    /// <summary>Where the run is to end.</summary>
    public SparseTargets ReadTargets(RunContext context) => new() { Sparsity = context.Get(sparsity), Heads = context.Get(heads) };

    /// <summary>The settings of the method, short forms included.</summary>
    /// <param name="context">The run.</param>
    /// <param name="verb">The verb that lists the settings.</param>
    /// <exception cref="InvalidInputException">A setting is unknown, not the method's, or given twice.</exception>
    public MethodSettings ReadSettings(RunContext context, string verb)
    {
        var method = ReadMethod(context);
        var given = MethodSettingOption.Parse(context.Get(settings), [.. SparseMethods.All.SelectMany(known => known.Settings)], verb);
        foreach (var (option, value) in ShortForms(context))
        {
            string name = NameOf(method, option);
            if (method.Settings.All(setting => setting.Name != name))
            {
                throw new InvalidInputException("unused-option", $"The method {method.Name} has no use for {option.Name}.")
                {
                    File = option.Name,
                    Found = $"{option.Name} with --method {method.Name}",
                    Hint = "Leave it out, or choose another method.",
                };
            }

            if (!given.TryAdd(name, value))
            {
                throw new InvalidInputException("conflicting-options", $"{option.Name} and --set {name} say the same thing.")
                {
                    File = option.Name,
                    Found = $"{value} and {given[name]}",
                    Hint = "Leave out one of the two.",
                };
            }
        }

        return new MethodSettings(given);
    }

    /// <summary>What counts as near zero in reports, whether or not the method looks at it.</summary>
    public double ReadEpsilon(RunContext context)
    {
        var method = ReadMethod(context);
        var setting = method.Settings.FirstOrDefault(setting => setting.Name == $"{method.Name}.epsilon");
        return setting is null ? new SparsityOptions().Epsilon : ReadSettings(context, "train").Number(setting);
    }

    private static Option<double?> Factor(string name, string helpName, string description) =>
        OptionFactory.OptionalNumber(name, helpName, description, "a number of at least 0", value => value >= 0 && double.IsFinite(value));

    private static string NameOf(ISparseMethod method, Option option)
    {
        string[] words = option.Name.TrimStart('-').Split('-');
        return $"{method.Name}.{words[0]}{string.Concat(words.Skip(1).Select(word => char.ToUpperInvariant(word[0]) + word[1..]))}";
    }

    private IEnumerable<(Option Option, string Value)> ShortForms(RunContext context)
    {
        foreach (var option in new[] { alpha, beta, lambda, theta, epsilon })
        {
            if (context.Get(option) is { } value)
            {
                yield return (option, value.ToString("R", CultureInfo.InvariantCulture));
            }
        }

        if (context.Get(penaltyMode) is { } mode)
        {
            yield return (penaltyMode, mode);
        }
    }
}
