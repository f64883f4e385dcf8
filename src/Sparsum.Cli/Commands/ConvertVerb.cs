using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Cards;
using Sparsum.Cli.Options;
using Sparsum.Cli.Progress;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Evaluation.Latency;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Checkpoints.Gguf;
using Sparsum.Transformers.Checkpoints.Onnx;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary><c>convert MODEL -o OUT</c>: the same model in another container.</summary>
internal sealed class ConvertVerb : Verb
{
    private const string Gguf = "gguf";
    private const string Safetensors = "safetensors";
    private const string Onnx = "onnx";
    private const string GgufExtension = ".gguf";

    /// <summary>The types of GGUF alone.</summary>
    private static readonly Dictionary<string, GgufTensorType> Quantized = new() { ["q8_0"] = GgufTensorType.Q8_0, ["q4_0"] = GgufTensorType.Q4_0 };

    private static readonly Dictionary<string, string> EarlierSpellings = new()
    {
        ["stored"] = SavedTypeOption.Keep, ["f32"] = "float32", ["f16"] = "float16", ["bf16"] = "bfloat16",
    };

    private readonly ModelArgument model = new();

    private readonly Option<string?> output = OptionFactory.Output(
        "OUT", "The folder of the converted model; with --to gguf, a name that ends in .gguf is the file itself.");

    private readonly Option<string> to = OptionFactory.Choice(
        "--to",
        "A folder in Hugging Face layout (safetensors), a file for llama.cpp and its relatives (gguf), or a graph for ONNX Runtime and others (onnx).",
        Safetensors,
        Safetensors,
        Gguf,
        Onnx);

    private readonly Option<string> dtype = OptionFactory.Choice(
        "--dtype",
        "Type of the matrices; keep: what each has, quantised ones widened to float32. The 8- and 4-bit types are for --to gguf; --to onnx takes float32 and float16.",
        SavedTypeOption.Keep,
        [.. SavedTypeOption.Names, .. Quantized.Keys],
        EarlierSpellings);

    private readonly Option<bool> states = OptionFactory.Flag(
        "--states", "With --to onnx: the graph gives the last hidden states, and not what the head makes of them.");

    private readonly Option<bool> force = OptionFactory.Flag("--force", "Replace what is in OUT.");

    public ConvertVerb()
        : base("convert", "Write the same model in another container: safetensors, GGUF or ONNX.")
    {
        Add(model);
        foreach (var option in new Option[] { output, to, dtype, states, force })
        {
            Add(option);
        }
    }

    public override VerbResult Execute(RunContext context)
    {
        string source = context.Get(model);
        string target = context.Get(output)!;
        string container = context.Get(to);
        GgufTensorType? type = Quantized.TryGetValue(context.Get(dtype), out var quantized) ? quantized
            : SavedTypeOption.TypeOf(context.Get(dtype)) is { } saved ? Enum.Parse<GgufTensorType>($"{saved}")
            : null;
        Check(context, container, type, target);
        using var pretrained = PretrainedModel.Open(source);
        return container == Gguf && IsGgufFile(target)
            ? WriteFile(context, pretrained, target, type)
            : WriteFolder(context, pretrained, target, type, container);
    }

    private void Check(RunContext context, string container, GgufTensorType? type, string target)
    {
        bool isQuantised = type is GgufTensorType.Q8_0 or GgufTensorType.Q4_0;
        if (container == Safetensors && isQuantised)
        {
            throw OptionFactory.Invalid(dtype.Name, context.Get(dtype), "keep, float32, float16 or bfloat16 with --to safetensors", "Add --to gguf.");
        }

        if (container == Onnx && (isQuantised || type == GgufTensorType.BF16))
        {
            throw OptionFactory.Invalid(
                dtype.Name,
                context.Get(dtype),
                "keep, float32 or float16 with --to onnx",
                "Leave it out: bfloat16 weights are then written as float32, which holds them exactly.");
        }

        if (container != Onnx)
        {
            context.RefuseIdle($"with {to.Name} {container}", $"add {to.Name} {Onnx}", states);
        }

        if ((container != Gguf && IsGgufFile(target)) || (container == Onnx && target.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)))
        {
            string hint = container == Onnx ? $"The graph in it is called {OnnxExport.GraphName}." : $"Add {to.Name} {Gguf} to write a GGUF file.";
            throw OptionFactory.Invalid(output.Name, target, "the name of a folder", hint);
        }
    }

    private static bool IsGgufFile(string target) => target.EndsWith(GgufExtension, StringComparison.OrdinalIgnoreCase);

    private VerbResult WriteFile(RunContext context, PretrainedModel pretrained, string target, GgufTensorType? type)
    {
        OutputFile.Check(target, pretrained.Folder);
        if (File.Exists(target) && !context.Get(force))
        {
            throw new InvalidInputException("output-exists", $"The file '{target}' is there already.")
            {
                File = "-o",
                Found = "a file",
                Expected = "a file that does not exist",
                Hint = "Choose another -o, or add --force to replace it.",
            };
        }

        var remarks = WriteGguf(context, pretrained, target, type);
        return Result(context, target, remarks);
    }

    private VerbResult WriteFolder(RunContext context, PretrainedModel pretrained, string target, GgufTensorType? type, string container)
    {
        using var folder = OutputFolder.Open(target, [pretrained.Folder], context.Get(force) ? ExistingOutput.Replace : ExistingOutput.Refuse);
        folder.Begin();
        VerbResult result;
        if (container == Gguf)
        {
            ModelCard.CopyOf(pretrained.Folder, folder.Output);
            string file = Path.GetFileName(folder.Target) + GgufExtension;
            result = Result(context, folder.Output, WriteGguf(context, pretrained, Path.Combine(folder.Output, file), type));
        }
        else
        {
            ModelFiles.Copy(pretrained.Folder, folder.Output);
            var saved = SavedTypeOption.TypeOf(context.Get(dtype));
            if (container == Onnx)
            {
                result = WriteOnnx(context, pretrained, folder.Output, saved);
            }
            else
            {
                var rounding = SafetensorsExport.Write(pretrained, folder.Output, saved, Share(context), context.CancellationToken);
                result = SavedTypeOption.AddTo(Result(context, folder.Output, []), saved is null ? null : rounding);
            }
        }

        context.Keep(result, folder.Output);
        folder.Publish();
        return result;
    }

    private static IReadOnlyList<string> WriteGguf(RunContext context, PretrainedModel pretrained, string file, GgufTensorType? type)
    {
        string name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(pretrained.Folder));
        return Tell(context, GgufExport.Write(pretrained, file, name, type, Share(context), context.CancellationToken));
    }

    private VerbResult WriteOnnx(RunContext context, PretrainedModel pretrained, string folder, TensorDataType? type)
    {
        var options = new OnnxExportOptions { Type = type, GivesStates = context.Get(states) };
        var written = OnnxExport.Write(pretrained, folder, options, Share(context), context.CancellationToken);
        var result = Result(context, folder, Tell(context, written.Remarks), pretrained, written.Weights);
        result.Results["opset"] = written.Opset;
        result.Results["inputs"] = JsonText.Array(written.Inputs, name => name);
        result.Results["outputs"] = JsonText.Array(written.Outputs, name => name);
        return result;
    }

    private static IReadOnlyList<string> Tell(RunContext context, IReadOnlyList<string> remarks)
    {
        foreach (string remark in remarks)
        {
            context.Warn(remark);
        }

        return remarks;
    }

    private static DirectProgress<double> Share(RunContext context) => new(share => context.Progress.Report("writing", share));

    private VerbResult Result(RunContext context, string place, IReadOnlyList<string> remarks)
    {
        // Opening checks that every tensor of the configuration is there in its shape.
        using var written = PretrainedModel.Open(place);
        return Result(context, place, remarks, written, written.Checkpoint.Tensors.Count);
    }

    private VerbResult Result(RunContext context, string place, IReadOnlyList<string> remarks, PretrainedModel written, int tensors)
    {
        string target = context.Get(output)!;
        string architecture = written.Architecture.ModelType;
        long bytes = FolderSize.Measure(place).Weights;
        long before = FolderSize.Measure(context.Get(model)).Weights;
        long parameters = written.Model.Parameters.Sum(parameter => parameter.Shape.ToArray().Aggregate(1L, (product, size) => product * size));
        return new VerbResult
        {
            Model = context.Get(model),
            Card = ModelCard.Of(
                context,
                context.Get(model),
                $"as {context.Get(to)}",
                ("method", $"written as {context.Get(to)}, weights {context.Get(dtype)}"),
                ("parameters", Units.Count(parameters)),
                ("bytes", $"{Units.Bytes(before)} → {Units.Bytes(bytes)}")),
            Results = new JsonObject
            {
                ["output"] = target,
                ["architecture"] = architecture,
                ["parameters"] = parameters,
                ["tensors"] = tensors,
                ["bytes"] = bytes,
                ["bytesBefore"] = before,
                ["remarks"] = JsonText.Array(remarks, remark => remark),
            },
            Render = console => console.WriteFacts(
                ("output", target),
                ("architecture", architecture),
                ("parameters", Units.Count(parameters)),
                ("bytes", $"{Units.Bytes(before)} → {Units.Bytes(bytes)}")),
        };
    }
}
