using System.CommandLine;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Running;
using Sparsum.Pruning.Inspection;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary><c>inspect MODEL</c>: what a model is made of, how sparse it is, and what that looks like.</summary>
internal sealed class InspectVerb : Verb
{
    private readonly ModelArgument model = new();

    private readonly Option<double> epsilon = OptionFactory.Number(
        "--epsilon",
        "E",
        "Magnitude below which a weight counts as near zero in degrees, connectivity and pictures.",
        SparsityInspector.DefaultEpsilon,
        "a number above 0",
        value => value > 0 && double.IsFinite(value));

    private readonly Option<string?> picture = OptionFactory.Text(
        "--picture", "DIR", "Draw where weights are not near zero, one file per matrix.");

    private readonly Option<string?> layer = OptionFactory.Text(
        "--layer", "NAME|all", "With --picture: one layer, or all of a block or module by its name.", PictureDrawer.All);

    private readonly Option<string> format = OptionFactory.Choice("--format", "With --picture: the kind of file.", "png", "png", "svg");

    public InspectVerb()
        : base("inspect", "Show architecture, parameters, heads, and the sparsity of every layer.")
    {
        Add(model);
        Add(epsilon);
        Add(picture);
        Add(layer);
        Add(format);
    }

    public override VerbResult Execute(RunContext context)
    {
        if (!context.IsGiven(picture))
        {
            context.RefuseIdle($"without {picture.Name}", $"add {picture.Name} {picture.HelpName}", layer, format);
        }

        string folder = context.Get(model);
        using var pretrained = PretrainedModel.Open(folder);
        context.WarnOf(pretrained);
        var drawer = context.Get(picture) is { } target
            ? new PictureDrawer(pretrained, target, context.Get(layer)!, context.Get(format), context.Get(epsilon))
            : null;
        int done = 0;
        int layers = pretrained.Model.Blocks.Sum(block => block.Linears.Count);
        var progress = new DirectProgress<string>(name => context.Progress.Report($"reading {name}", (double)done++ / layers));
        var inspection = SparsityInspector.Inspect(pretrained, context.Get(epsilon), progress, context.CancellationToken);
        var pictures = drawer?.Draw(name => context.Progress.Report($"drawing {name}"), context.CancellationToken) ?? [];
        var facts = new ModelFacts(pretrained);
        return new VerbResult
        {
            Model = folder,
            IsOutputTheResult = true,
            Results = InspectionRecord.Create(folder, facts, inspection, pictures),
            Render = console => InspectionRecord.Render(console, folder, facts, inspection, pictures),
        };
    }
}
