using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Commands;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Cli.Options;

/// <summary><c>--dtype</c>: the type that weights are written in, with what that does to their values.</summary>
internal static class SavedTypeOption
{
    /// <summary>Every weight as it was.</summary>
    public const string Keep = "keep";

    private static readonly (string Name, TensorDataType Type)[] Types =
        [("float32", TensorDataType.F32), ("float16", TensorDataType.F16), ("bfloat16", TensorDataType.BF16)];

    /// <summary>The names of the types, <see cref="Keep"/> included.</summary>
    public static IReadOnlyList<string> Names { get; } = [Keep, .. Types.Select(type => type.Name)];

    /// <summary>The option.</summary>
    /// <param name="kept">What is written where nothing is asked for.</param>
    public static Option<string> Create(string kept) => OptionFactory.Choice(
        "--dtype", $"Type that the weights are written in; keep: {kept}. A value too large for it is refused, and rounding is told of.", Keep, Names);

    /// <summary>The type of a name; null for <see cref="Keep"/> and for those of GGUF.</summary>
    public static TensorDataType? TypeOf(string name) => Types.FirstOrDefault(type => type.Name == name) is { Name: not null } found ? found.Type : null;

    /// <summary>Gives the weights of a folder that is not published yet the type that was asked for.</summary>
    /// <returns>What that did; null where the weights stay as they are.</returns>
    public static Rounding? Apply(RunContext context, Option<string> option, string folder)
    {
        if (TypeOf(context.Get(option)) is not { } type)
        {
            return null;
        }

        context.Progress.Report($"writing the weights as {context.Get(option)}");
        return SafetensorsExport.Retype(folder, type, context.CancellationToken);
    }

    /// <summary>The result with what rounding did, in the document, in the card and for people.</summary>
    public static VerbResult AddTo(VerbResult result, Rounding? rounding)
    {
        if (rounding is null)
        {
            return result;
        }

        result.Results["rounding"] = new JsonObject
        {
            ["values"] = rounding.Values,
            ["changed"] = rounding.Changed,
            ["becameZero"] = rounding.BecameZero,
            ["largestError"] = rounding.LargestError,
            ["tensor"] = rounding.Tensor,
        };
        string words = Describe(rounding);
        return result with
        {
            Card = result.Card is { } card ? card with { Facts = [.. card.Facts, ("rounding", words)] } : null,
            Render = console =>
            {
                result.Render(console);
                console.WriteFacts(("rounding", words));
            },
        };
    }

    private static string Describe(Rounding rounding) => rounding.Changed == 0
        ? $"none of {Units.Count(rounding.Values)} values changed"
        : FormattableString.Invariant($"{Units.Count(rounding.Changed)} of {Units.Count(rounding.Values)} values changed, by at most {rounding.LargestError:G3} ({rounding.Tensor}); {Units.Count(rounding.BecameZero)} became zero");
}
