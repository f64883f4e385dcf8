using System.Text.Json;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;

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

    /// <summary>The runs at one sparsity or pattern for all layers, whatever the method.</summary>
    public static IEnumerable<string> UniformRuns(string model) => Open(model).runs.GetProperty("runs").EnumerateObject()
        .Select(run => run.Name)
        .Where(name => name.Split('.') switch
        {
            ["wanda-repo" or "sparsegpt-repo" or "dsnot-repo", ..] => true,
            ["neuroal-repo", _, "uniform" or "uniform-layer", ..] => true,
            ["neuroal-repo", var method, ..] => method.StartsWith("dsnot-", StringComparison.Ordinal),
            _ => false,
        });

    /// <summary>Rows in which DSnoT ran out of candidates.</summary>
    public int[] ExhaustedRows(string run, string layer) =>
        Run(run).TryGetProperty("exhausted_rows", out var rows) && rows.TryGetProperty(layer, out var list)
            ? [.. list.EnumerateArray().Select(row => row.GetInt32())] : [];

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

    public float[] Statistic(string name) => Read("stats.safetensors", name);

    /// <summary>Whether there is a statistic of that name.</summary>
    public bool HasStatistic(string name) => Has("stats.safetensors", name);

    /// <summary>Updated weights of SparseGPT: <c>RUN/LAYER</c>.</summary>
    public float[] Weight(string name) => Read("sparsegpt_weights.safetensors", name);

    /// <summary>Whether there are updated weights of that name.</summary>
    public bool HasWeight(string name) => Has("sparsegpt_weights.safetensors", name);

    /// <summary>What the reference calls a layer: <c>block.module</c>.</summary>
    public static string NameOf(TransformerBlock block, Linear linear) => $"{block.Index}.{linear.Name[(block.Name.Length + 1)..]}";

    private bool Has(string file, string name)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(Folder, file));
        return checkpoint.Tensors.ContainsKey(name);
    }

    private float[] Read(string file, string name)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(Folder, file));
        float[] values = new float[checkpoint.Tensors[name].ElementCount];
        checkpoint.Read(name, values);
        return values;
    }

    private static int[] Ids(ICheckpoint file, string name) => [.. file.ReadIntegers(name).Select(id => (int)id)];
}
