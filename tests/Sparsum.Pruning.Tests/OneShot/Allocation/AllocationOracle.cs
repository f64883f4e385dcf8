using System.Text.Json;
using Sparsum.Core;
using Sparsum.Pruning.OneShot;
using Sparsum.Pruning.OneShot.Allocation;
using Sparsum.Pruning.OneShot.Calibration;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Tests.OneShot.Allocation;

/// <summary>The reference runs of one allocation on <c>llama_a</c>, and an allocation's own run on the same data.</summary>
internal sealed class AllocationOracle : IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly CpuBackend backend = new(1);
    private readonly string ids;
    private readonly string name;

    public AllocationOracle(string name)
    {
        this.name = name;
        Models = Oracle.Open("llama_a");
        Runs = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Models.Folder, name + ".json"))).RootElement;
        Pretrained = PretrainedModel.Open(Models.Folder);
        ids = temporary["ids.json"];
        File.WriteAllText(ids, JsonSerializer.Serialize(new { input_ids = Models.CalibrationIds }));
    }

    public Oracle Models { get; }

    public JsonElement Runs { get; }

    public PretrainedModel Pretrained { get; }

    public string Output => PathOf("out");

    public static string NameOf(TransformerBlock block, Linear linear) => $"{block.Index}.{linear.Name[(block.Name.Length + 1)..]}";

    public string PathOf(string file) => temporary[file];

    public string Write(string file, string text)
    {
        temporary.Write(file, text);
        return PathOf(file);
    }

    public PruneOptions Options(double sparsity, IEnumerable<string> settings) => new PruneOptions
    {
        Sparsity = sparsity,
        Allocation = Named.Allocation(name),
        Calibration = new CalibrationOptions { File = ids },
    }.Set(settings.Select(text => $"{name}.{text}"));

    public AllocationResult Allocate(PruneOptions options) => options.Allocation.Allocate(new AllocationContext
    {
        Pretrained = Pretrained,
        Task = PruneTask.Of(options),
        Calibration = CalibrationLoader.Load(options.Calibration!, Pretrained),
        Backend = backend,
        StateFolder = temporary.Root,
    });

    /// <summary>Which weights are zero after a whole run, by layer.</summary>
    public Dictionary<string, bool[]> Prune(PruneOptions options)
    {
        new BlockwisePruner(backend).Run(Models.Folder, Output, options, ExistingOutput.Replace);
        using var pruned = PretrainedModel.Open(Output);
        pruned.LoadAll();
        return pruned.Model.Blocks
            .SelectMany(block => block.Linears.Select(linear => (Name: NameOf(block, linear), linear)))
            .ToDictionary(layer => layer.Name, layer => layer.linear.Weight.Value.ToArray().Select(weight => weight == 0).ToArray());
    }

    public float[] Values(string file, string tensor)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(Models.Folder, file));
        float[] values = new float[checkpoint.Tensors[tensor].ElementCount];
        checkpoint.Read(tensor, values);
        return values;
    }

    /// <summary>A mask of the reference, least significant bit first.</summary>
    public bool[] Mask(string file, string tensor, int count)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(Models.Folder, file));
        long[] bytes = checkpoint.ReadIntegers(tensor);
        return [.. Enumerable.Range(0, count).Select(i => (bytes[i / 8] >> (i % 8) & 1) != 0)];
    }

    public void Dispose()
    {
        Pretrained.Dispose();
        backend.Dispose();
        temporary.Dispose();
    }
}
