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
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary><c>convert MODEL -o OUT</c>: the same model in another container.</summary>
internal sealed class ConvertVerb : Verb
{
    private const string Gguf = "gguf";
    private const string Safetensors = "safetensors";
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
        "--to", "A folder in Hugging Face layout (safetensors), or a file for llama.cpp and its relatives (gguf).", Safetensors, Safetensors, Gguf);

    private readonly Option<string> dtype = OptionFactory.Choice(
        "--dtype",
        "Type of the matrices; keep: what each has, quantised ones widened to float32. The 8- and 4-bit types are for --to gguf.",
        SavedTypeOption.Keep,
        [.. SavedTypeOption.Names, .. Quantized.Keys],
        EarlierSpellings);

    private readonly Option<bool> force = OptionFactory.Flag("--force", "Replace what is in OUT.");

    public ConvertVerb()
        : base("convert", "Write the same model in another container: safetensors or GGUF.")
    {
        Add(model);
        foreach (var option in new Option[] { output, to, dtype, force })
        {
            Add(option);
        }
    }

    public override VerbResult Execute(RunContext context)
    {
        string source = context.Get(model);
        string target = context.Get(output)!;
        bool isGguf = context.Get(to) == Gguf;
        GgufTensorType? type = Quantized.TryGetValue(context.Get(dtype), out var quantized) ? quantized
            : SavedTypeOption.TypeOf(context.Get(dtype)) is { } saved ? Enum.Parse<GgufTensorType>($"{saved}")
            : null;
        if (!isGguf && type is GgufTensorType.Q8_0 or GgufTensorType.Q4_0)
        {
            throw OptionFactory.Invalid(dtype.Name, context.Get(dtype), "keep, float32, float16 or bfloat16 with --to safetensors", "Add --to gguf.");
        }

        if (!isGguf && IsGgufFile(target))
        {
            throw OptionFactory.Invalid(output.Name, target, "the name of a folder", $"Add {to.Name} {Gguf} to write a GGUF file.");
        }

        using var pretrained = PretrainedModel.Open(source);
        return isGguf && IsGgufFile(target)
            ? WriteFile(context, pretrained, target, type)
            : WriteFolder(context, pretrained, target, type, isGguf);
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

    private VerbResult WriteFolder(RunContext context, PretrainedModel pretrained, string target, GgufTensorType? type, bool isGguf)
    {
        using var folder = OutputFolder.Open(target, [pretrained.Folder], context.Get(force) ? ExistingOutput.Replace : ExistingOutput.Refuse);
        folder.Begin();
        IReadOnlyList<string> remarks = [];
        Rounding? rounding = null;
        if (isGguf)
        {
            ModelCard.CopyOf(pretrained.Folder, folder.Output);
            string file = Path.GetFileName(folder.Target) + GgufExtension;
            remarks = WriteGguf(context, pretrained, Path.Combine(folder.Output, file), type);
        }
        else
        {
            ModelFiles.Copy(pretrained.Folder, folder.Output);
            var saved = SavedTypeOption.TypeOf(context.Get(dtype));
            var done = SafetensorsExport.Write(pretrained, folder.Output, saved, Share(context), context.CancellationToken);
            rounding = saved is null ? null : done;
        }

        var result = SavedTypeOption.AddTo(Result(context, folder.Output, remarks), rounding);
        context.Keep(result, folder.Output);
        folder.Publish();
        return result;
    }

    private static IReadOnlyList<string> WriteGguf(RunContext context, PretrainedModel pretrained, string file, GgufTensorType? type)
    {
        string name = Path.GetFileNameWithoutExtension(Path.TrimEndingDirectorySeparator(pretrained.Folder));
        var remarks = GgufExport.Write(pretrained, file, name, type, Share(context), context.CancellationToken);
        foreach (string remark in remarks)
        {
            context.Warn(remark);
        }

        return remarks;
    }

    private static DirectProgress<double> Share(RunContext context) => new(share => context.Progress.Report("writing", share));

    private VerbResult Result(RunContext context, string place, IReadOnlyList<string> remarks)
    {
        string target = context.Get(output)!;
        // Opening checks that every tensor of the configuration is there in its shape.
        using var written = PretrainedModel.Open(place);
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
                ["architecture"] = written.Architecture.ModelType,
                ["parameters"] = parameters,
                ["tensors"] = written.Checkpoint.Tensors.Count,
                ["bytes"] = bytes,
                ["bytesBefore"] = before,
                ["remarks"] = JsonText.Array(remarks, remark => remark),
            },
            Render = console => console.WriteFacts(
                ("output", target),
                ("architecture", written.Architecture.ModelType),
                ("parameters", Units.Count(parameters)),
                ("bytes", $"{Units.Bytes(before)} → {Units.Bytes(bytes)}")),
        };
    }
}
