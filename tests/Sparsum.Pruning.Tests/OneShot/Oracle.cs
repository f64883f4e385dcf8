using System.Text.Json;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.Tests.OneShot;

/// <summary>One model folder of the reference runs.</summary>
internal sealed class Oracle
{
    private static readonly Dictionary<string, Oracle> Opened = [];
    private readonly JsonElement runs;

    private Oracle(string model)
    {
        Folder = SharedFiles.Path("oracle", "pruning", model);
        runs = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "runs.json"))).RootElement;
        using var data = Checkpoint.Open(Path.Combine(Folder, "data.safetensors"));
        CalibrationIds = [.. Ids(data, "calib_ids").Chunk(data.Tensors["calib_ids"].Shape[1])];
        EvaluationIds = Ids(data, "eval_ids");
    }

    public string Folder { get; }

    public int[][] CalibrationIds { get; }

    public int[] EvaluationIds { get; }

    /// <summary>Layers as <c>block.module</c>, in the order of the masks.</summary>
    public IReadOnlyList<string> LayerOrder => [.. runs.GetProperty("layer_order").EnumerateArray().Select(name => name.GetString()!)];

    public static Oracle Open(string model)
    {
        lock (Opened)
        {
            return Opened.TryGetValue(model, out var oracle) ? oracle : Opened[model] = new Oracle(model);
        }
    }

    /// <summary>The runs of Magnitude and Wanda at one sparsity for all layers, and their N:M runs.</summary>
    public static IEnumerable<string> UniformRuns(string model) => Open(model).runs.GetProperty("runs").EnumerateObject()
        .Select(run => run.Name)
        .Where(name => name.Split('.') is [_, "wanda" or "magnitude" or "magnitude-layer", ..] parts && parts.Length is 3 or 4 or 5
            && IsUniform(parts));

    /// <summary>A run, or null where the model has none of that name.</summary>
    public JsonElement? TryRun(string name) => runs.GetProperty("runs").TryGetProperty(name, out var run) ? run : null;

    public JsonElement Run(string name) => runs.GetProperty("runs").GetProperty(name);

    /// <summary>The mask of every layer: true where the weight is zero.</summary>
    public Dictionary<string, bool[]> Masks(string run)
    {
        using var file = Checkpoint.Open(Path.Combine(Folder, "masks.safetensors"));
        long[] bytes = file.ReadIntegers(run);
        var masks = new Dictionary<string, bool[]>();
        int bit = 0;
        foreach (string layer in LayerOrder)
        {
            var shape = runs.GetProperty("layers").GetProperty(layer);
            bool[] mask = new bool[shape[0].GetInt32() * shape[1].GetInt32()];
            for (int i = 0; i < mask.Length; i++, bit++)
            {
                mask[i] = (bytes[bit / 8] >> (bit % 8) & 1) != 0;
            }

            masks.Add(layer, mask);
        }

        return masks;
    }

    public float[] Statistic(string name)
    {
        using var file = Checkpoint.Open(Path.Combine(Folder, "stats.safetensors"));
        float[] values = new float[file.Tensors[name].ElementCount];
        file.Read(name, values);
        return values;
    }

    private static bool IsUniform(string[] parts) => parts[0] switch
    {
        "wanda-repo" => true,
        "neuroal-repo" => parts[2] == "uniform",
        _ => false,
    };

    private static int[] Ids(ICheckpoint file, string name) => [.. file.ReadIntegers(name).Select(id => (int)id)];
}
