using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Inputs;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Autograd;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary><c>forward MODEL</c>: one forward pass on given ids, for checking parity with another stack.</summary>
internal sealed class ForwardVerb : Verb
{
    private const int IgnoredLabel = -100;

    private readonly ModelArgument model = new();

    private readonly Option<string?> input = OptionFactory.Text(
        "--input", "FILE", "Safetensors or JSON with input_ids [batch, tokens] and, where wanted, attention_mask, position_ids, token_type_ids, decoder_input_ids, labels.");

    private readonly Option<string?> output = OptionFactory.Output("OUT.safetensors", "Where logits, loss and hidden states go.");

    private readonly Option<bool> hiddenStates = OptionFactory.Flag("--hidden-states", "Also write hidden_states.i.");

    private readonly Option<bool> gradients = OptionFactory.Flag(
        "--gradients", "Also write grad.NAME, the gradient of the loss, for every parameter; needs labels.");

    private readonly Option<bool> allowNonFinite = OptionFactory.Flag(
        "--allow-non-finite", "Also write values that are NaN or infinite, which are an error otherwise.");

    private readonly Option<string> storage = StorageOption.Create();

    public ForwardVerb()
        : base("forward", "Run one forward pass on given token ids.")
    {
        input.Required = true;
        Add(model);
        Add(input);
        Add(output);
        Add(hiddenStates);
        Add(gradients);
        Add(allowNonFinite);
        Add(storage);
    }

    public override VerbResult Execute(RunContext context)
    {
        string folder = context.Get(model);
        string target = context.Get(output)!;
        string source = context.Get(input)!;
        OutputFile.Check(target, source, folder);
        using var pretrained = PretrainedModel.Open(folder);
        var data = ForwardInput.Read(source, pretrained.Model);
        context.WarnOf(pretrained);
        foreach (string name in data.Unread)
        {
            context.Warn($"'{name}' of '{source}' has no effect: {pretrained.Architecture.ModelType} does not read it");
        }

        CheckLabels(context, data, source);
        context.Progress.Report("loading the model");
        using var backend = context.CreateBackend();
        Load(context, pretrained, backend);
        context.CancellationToken.ThrowIfCancellationRequested();
        using var results = new TensorCollection();
        double? loss = Run(context, pretrained, data, backend, results);
        if (!context.Get(allowNonFinite))
        {
            results.RequireFinite(allowNonFinite.Name);
        }

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

    /// <summary>Without a storage that was asked for, plain values, which gradients need.</summary>
    private void Load(RunContext context, PretrainedModel pretrained, IBackend backend)
    {
        if (!context.IsGiven(storage))
        {
            pretrained.LoadAll();
            return;
        }

        if (context.Get(gradients))
        {
            throw new InvalidInputException("conflicting-options", "Gradients are of plain float32 weights.")
            {
                File = storage.Name,
                Found = $"{storage.Name} together with {gradients.Name}",
                Hint = "Leave out one of the two.",
            };
        }

        pretrained.LoadPacked(backend, StorageOption.Read(context, storage), context.CancellationToken);
    }

    private void CheckLabels(RunContext context, ForwardInput data, string source)
    {
        if (context.Get(gradients) && !data.HasLoss)
        {
            throw new InvalidInputException("missing-input", $"'{source}' has no labels, so there is no loss to differentiate.")
            {
                File = source,
                Found = "no 'labels'",
                Expected = "'labels' of the shape of 'input_ids'",
                Hint = "Add labels, or leave out --gradients.",
            };
        }
    }

    private double? Run(RunContext context, PretrainedModel pretrained, ForwardInput data, IBackend backend, TensorCollection results)
    {
        var network = pretrained.Model;
        var batch = data.Batch;
        using var computation = new Computation(backend);
        using var tape = context.Get(gradients) ? StartRecording(computation, network) : null;
        var pass = network.BeginPass(computation, batch);
        Action<int, Tensor>? keep = context.Get(hiddenStates)
            ? (index, hidden) => results.Add(network.HiddenStateName(index), hidden, batch.Batch, hidden.RowCount / batch.Batch, hidden.Columns)
            : null;
        using var logits = network.Forward(pass, batch, keep);
        int[] shape = network.Classification is null ? [batch.Batch, logits.RowCount / batch.Batch, logits.Columns] : [batch.Batch, logits.Columns];
        results.Add("logits", logits, shape);
        if (!data.HasLoss)
        {
            return null;
        }

        double loss = data.Numbers is { } numbers ? computation.MeanSquaredError(logits, numbers)
            : MeanLoss(computation, logits, network is CausalLanguageModel ? ShiftLabels(data.Labels!, batch.Length) : data.Labels!);
        using var scalar = Tensor.From([(float)loss], 1);
        results.Add("loss", scalar, 1);
        if (tape is not null)
        {
            context.Progress.Report("computing gradients");
            tape.Backward();
            AddGradients(pretrained, results);
        }

        return loss;
    }

    private static Tape StartRecording(Computation computation, TransformerModel network)
    {
        foreach (var parameter in network.Parameters)
        {
            parameter.EnableGradient();
        }

        var tape = computation.Record(isTraining: false);
        tape.Watch(network.Parameters);
        return tape;
    }

    private static void AddGradients(PretrainedModel pretrained, TensorCollection results)
    {
        foreach (string name in pretrained.Model.Parameters.Select(pretrained.StoredName).Distinct())
        {
            using var gradient = pretrained.GatherGradient(name);
            results.Add($"grad.{name}", gradient, gradient.Shape);
        }
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

    /// <summary>Not a number when every target is ignored: the mean of nothing.</summary>
    private static double MeanLoss(Computation computation, Tensor logits, int[] targets) =>
        targets.All(target => target == IgnoredLabel) ? double.NaN : computation.CrossEntropy(logits, targets);
}
