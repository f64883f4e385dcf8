using System.Text.Json;
using Sparsum.Pruning.SparseTraining.Gates.Structure;
using Sparsum.Testing;
using Sparsum.Training.Data;
using Sparsum.Transformers.Checkpoints;

namespace Sparsum.Pruning.Tests.SparseTraining;

/// <summary>Files of CoFi's reference: gates in the order of a <see cref="GateLayout"/>.</summary>
internal sealed class CofiOracle(string folder, string name) : IDisposable
{
    public const string Part = "oracle/structured/cofi";
    private static readonly string[] Kinds = ["head", "head_layer", "intermediate", "mlp"];
    private readonly SafetensorsFile file = SafetensorsFile.Open(SharedFiles.Path(Part, folder, $"{name}.safetensors"));
    private readonly JsonDocument? json = File.Exists(Path.Combine(SharedFiles.Path(Part, folder), $"{name}.json"))
        ? JsonDocument.Parse(File.ReadAllText(SharedFiles.Path(Part, folder, $"{name}.json")))
        : null;

    public JsonElement Json => json!.RootElement;

    public SafetensorsFile Tensors => file;

    public bool Has(string tensor) => file.Tensors.ContainsKey(tensor);

    public float[] Values(string tensor)
    {
        float[] values = new float[file.Tensors[tensor].Shape.Aggregate(1, (product, size) => product * size)];
        file.Read(tensor, values);
        return values;
    }

    public double Number(string tensor) => Values(tensor)[0];

    /// <summary>All gates of one prefix; those of hidden features only where they are asked for.</summary>
    public double[] Gates(string prefix, bool hasHidden = true) =>
        [.. Names(hasHidden).SelectMany(kind => Values($"{prefix}.{kind}")).Select(value => (double)value)];

    /// <summary>One row of each list of gates.</summary>
    public double[] Row(string prefix, int row) => [.. Names(true).SelectMany(kind =>
    {
        float[] all = Values($"{prefix}.{kind}");
        int size = all.Length / file.Tensors[$"{prefix}.{kind}"].Shape[0];
        return all.AsSpan(row * size, size).ToArray();
    }).Select(value => (double)value)];

    public void Dispose()
    {
        file.Dispose();
        json?.Dispose();
    }

    /// <summary>The examples of a batch, cut to their lengths.</summary>
    public static IEnumerable<TrainingExample> Examples(SafetensorsFile file, string prefix)
    {
        long[] ids = file.ReadIntegers($"{prefix}input_ids");
        long[] mask = file.ReadIntegers($"{prefix}attention_mask");
        long[] types = file.ReadIntegers($"{prefix}token_type_ids");
        long[] labels = file.ReadIntegers($"{prefix}labels");
        int length = ids.Length / labels.Length;
        for (int row = 0; row < labels.Length; row++)
        {
            int own = (int)mask.AsSpan(row * length, length).ToArray().Sum();
            yield return new TrainingExample([.. ids.AsSpan(row * length, own).ToArray().Select(id => (int)id)])
            {
                TokenTypeIds = [.. types.AsSpan(row * length, own).ToArray().Select(type => (int)type)],
                Label = labels[row],
            };
        }
    }

    private static IEnumerable<string> Names(bool hasHidden) => hasHidden ? Kinds.Append("hidden") : Kinds;
}
