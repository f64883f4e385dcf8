using System.Globalization;
using Sparsum.Evaluation.Perplexity;
using Sparsum.Evaluation.Texts;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Pruning.SparseTraining;
using Sparsum.Pruning.SparseTraining.Runs;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Transformers.Models;

namespace Sparsum.Samples.Extending;

/// <summary>Prunes, trains and measures with each thing that this sample adds.</summary>
public sealed class SampleRuns
{
    private static readonly ArchitectureRegistry Architectures = ArchitectureRegistry.BuiltIn.With(new SquareArchitecture());

    private readonly TextWriter output;
    private readonly IBackend backend;
    private readonly string data;
    private readonly string results;
    private readonly PruneOptions usual;

    private SampleRuns(TextWriter output, IBackend backend, string data, string results)
    {
        (this.output, this.backend, this.data, this.results) = (output, backend, data, results);
        usual = new PruneOptions { Sparsity = 0.5, Calibration = new CalibrationOptions { File = data } };
    }

    /// <summary>Runs them.</summary>
    /// <param name="output">Told of each result.</param>
    /// <param name="args">The model folder, the calibration file, and the folder for the results.</param>
    public static int Run(TextWriter output, string[] args)
    {
        if (args.Length != 3)
        {
            output.WriteLine("Usage: Sparsum.Samples.Extending MODEL CALIBRATION OUT");
            return 2;
        }

        using var backend = new CpuBackend(Environment.ProcessorCount);
        var runs = new SampleRuns(output, backend, args[1], args[2]);
        string model = args[0];
        runs.Prune("a saliency", model, runs.usual with { Method = new DampedWanda() });
        runs.Prune("a pruning method", model, runs.usual with { Method = new RescalingMethod(new RescalingOptions { Strength = 0.5 }) });
        runs.Prune("an allocation", model, runs.usual with { Allocation = new LoudBlocks(difference: 0.25) });
        runs.Prune("a refinement", model, runs.usual with { Refinement = new KeepLoudestInput() });
        runs.Train("a sparse-training method", model, new SparseTrainingOptions { Targets = new SparseTargets { Sparsity = 0.5 }, MaxExamples = 16 });

        string square = runs.CreateSquare(model);
        string trained = runs.Train("an architecture, trained", square, new SparseTrainingOptions { Targets = new SparseTargets { Sparsity = 0.25 } });
        string pruned = runs.Prune("an architecture, pruned", trained, runs.usual);
        output.WriteLine(Text($"an architecture, measured: perplexity {runs.Perplexity(square):0.0}, trained {runs.Perplexity(trained):0.0}, pruned {runs.Perplexity(pruned):0.0}"));
        return 0;
    }

    private string Prune(string name, string model, PruneOptions options)
    {
        string folder = FolderOf(name);
        var result = new BlockwisePruner(backend) { Architectures = Architectures }.Run(model, folder, options);
        output.WriteLine(Text($"{name}: sparsity {result.Sparsity:0.000}, by block {string.Join(' ', result.Blocks.Select(block => Text($"{block.Sparsity:0.000}")))}"));
        return folder;
    }

    private string Train(string name, string model, SparseTrainingOptions options)
    {
        string folder = FolderOf(name);
        var result = new SparseTrainer(backend).Run(model, new NextTokenTask(data, Architectures), options with { Method = new HardThresholding() }, folder)!;
        output.WriteLine(Text($"{name}: sparsity {result.Sparsity.Sparsity:0.000} after {result.Steps} steps, accuracy {result.Score:0.000} of the next token"));
        return folder;
    }

    /// <summary>A model of the sample's own architecture: random weights, the vocabulary and tokenizer of another.</summary>
    private string CreateSquare(string model)
    {
        string folder = Directory.CreateDirectory(FolderOf("square")).FullName;
        ModelFiles.Copy(model, folder);
        using var opened = PretrainedModel.Open(model);
        var architecture = new SquareArchitecture();
        var config = new SquareConfig { VocabSize = opened.ModelConfig.VocabSize, Width = 32, Depth = 2, Heads = 4, TieWordEmbeddings = true };
        using var random = RandomInitialization.Create(architecture, config, seed: 1);
        ModelWriter.Save(folder, architecture, config, random);
        return folder;
    }

    private double Perplexity(string folder)
    {
        using var opened = PretrainedModel.Open(folder, architectures: Architectures);
        opened.LoadPacked(backend, StorageType.Auto);
        int positions = opened.Model.MaxPositions;
        var text = TokenIdFile.Holds(data)
            ? TokenizedText.Create(TokenIdFile.Read(data), positions, new PerplexityOptions())
            : TokenizedText.Create(TextFile.Read(data), opened.Tokenizer, positions, new PerplexityOptions());
        return PerplexityEvaluator.Measure(opened.LanguageModel, text, backend).Perplexity;
    }

    private string FolderOf(string name) => Path.Combine(results, name.Replace(",", "", StringComparison.Ordinal).Replace(' ', '-'));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
