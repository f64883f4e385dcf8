using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Inputs;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Tensors;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary><c>forward MODEL</c>: one forward pass on given ids, for checking parity with another stack.</summary>
internal sealed class ForwardVerb : Verb
{
    private const int IgnoredLabel = -100;

    private readonly Argument<string> model = ModelArgument.Create();

    private readonly Option<string?> input = OptionFactory.Text(
        "--input", "FILE", "Safetensors or JSON with input_ids [batch, tokens] and, where wanted, attention_mask, position_ids, token_type_ids, labels.");

    private readonly Option<string?> output = OptionFactory.Output("OUT.safetensors", "Where logits, loss and hidden states go.");

    private readonly Option<bool> hiddenStates = OptionFactory.Flag("--hidden-states", "Also write hidden_states.i.");

    public ForwardVerb()
        : base("forward", "Run one forward pass on given token ids.")
    {
        input.Required = true;
        Add(model);
        Add(input);
        Add(output);
        Add(hiddenStates);
    }

    public override VerbResult Execute(RunContext context)
    {
        string folder = context.Get(model);
        string target = context.Get(output)!;
        string source = context.Get(input)!;
        OutputFile.Check(target, source, folder);
        using var pretrained = PretrainedModel.Open(folder);
        var data = ForwardInput.Read(source, pretrained.Model);
        context.WarnOfFreshParameters(pretrained);
        context.Progress.Report("loading the model");
        pretrained.LoadAll();

        context.CancellationToken.ThrowIfCancellationRequested();
        using var backend = context.CreateBackend();
        using var results = new TensorCollection();
        double? loss = Run(context, pretrained.Model, data, backend, results);
        results.Write(target);
        return new VerbResult
        {
            Model = folder,
            Results = new JsonObject
            {
                ["output"] = target,
                ["loss"] = loss is { } value ? JsonText.Number(value) : null,
                ["tensors"] = JsonText.Array(results.Items, item => new JsonObject
                {
                    ["name"] = item.Name,
                    ["shape"] = JsonText.Array(item.Tensor.Shape.ToArray(), size => size),
                }),
            },
            Render = console => console.WriteFacts(
                ("output", target),
                ("loss", loss is { } value ? Units.Number(value, 6) : null),
                ("tensors", string.Join(", ", results.Items.Select(item => $"{item.Name} {Tensor.FormatShape(item.Tensor.Shape)}")))),
        };
    }

    private double? Run(RunContext context, TransformerModel network, ForwardInput data, IBackend backend, TensorCollection results)
    {
        var batch = data.Batch;
        using var computation = new Computation(backend);
        var pass = network.BeginPass(computation, batch);
        Action<int, Tensor>? keep = context.Get(hiddenStates)
            ? (index, hidden) => results.Add($"hidden_states.{index}", hidden, batch.Batch, batch.Length, hidden.Columns)
            : null;
        using var logits = network.Forward(pass, batch, keep);
        int[] shape = network.Classification is null ? [batch.Batch, batch.Length, logits.Columns] : [batch.Batch, logits.Columns];
        results.Add("logits", logits, shape);
        if (data.Labels is not { } labels)
        {
            return null;
        }

        double loss = network switch
        {
            { Classification.Problem: ProblemType.Regression } => computation.MeanSquaredError(logits, [.. labels.Select(label => (float)label)]),
            CausalLanguageModel => MeanLoss(backend, logits, ShiftLabels(labels, batch.Length)),
            _ => MeanLoss(backend, logits, labels),
        };
        using var scalar = Tensor.From([(float)loss], 1);
        results.Add("loss", scalar, 1);
        return loss;
    }

    /// <summary>The token that each position predicts is the label of the next one.</summary>
    private static int[] ShiftLabels(int[] labels, int length)
    {
        var targets = new int[labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            targets[i] = (i + 1) % length == 0 ? IgnoredLabel : labels[i + 1];
        }

        return targets;
    }

    private static double MeanLoss(IBackend backend, Tensor logits, int[] targets)
    {
        var losses = new double[targets.Length];
        backend.CrossEntropy(logits, targets, losses);
        return losses.Sum() / targets.Count(target => target != IgnoredLabel);
    }
}
