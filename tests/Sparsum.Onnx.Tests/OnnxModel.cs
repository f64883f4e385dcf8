using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Sparsum.Transformers.Checkpoints.Onnx;

namespace Sparsum.Onnx.Tests;

/// <summary>What an export wrote, run by ONNX Runtime as another program would: inputs by the names that the graph declares.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly InferenceSession session;
    private Dictionary<string, DenseTensor<float>> past = [];

    public OnnxModel(string folder)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
        session = new InferenceSession(Path.Combine(folder, OnnxExport.GraphName), options);
    }

    public IReadOnlyDictionary<string, NodeMetadata> Inputs => session.InputMetadata;

    public IReadOnlyDictionary<string, NodeMetadata> Outputs => session.OutputMetadata;

    /// <summary>
    /// Runs over tokens <c>[batch, length]</c>. The mask is <c>[batch, earlier + length]</c>; what the last run gave as present is the past of
    /// this one, unless it starts anew.
    /// </summary>
    public DenseTensor<float> Run(string output, int[] ids, byte[] mask, int batch, int[]? positions = null, int[]? types = null, bool startsAnew = true)
    {
        var inputs = new List<NamedOnnxValue>();
        Add("input_ids", ids);
        Add("attention_mask", [.. mask.Select(value => (int)value)]);
        Add("position_ids", positions ?? [.. ids.Select((_, i) => i % (ids.Length / batch))]);
        Add("token_type_ids", types ?? new int[ids.Length]);
        foreach (var (name, metadata) in session.InputMetadata.Where(input => input.Key.StartsWith("past_key_values.", StringComparison.Ordinal)))
        {
            var empty = new DenseTensor<float>([batch, metadata.Dimensions[1], 0, metadata.Dimensions[3]]);
            inputs.Add(NamedOnnxValue.CreateFromTensor(name, startsAnew ? empty : past[name["past_key_values.".Length..]]));
        }

        using var results = session.Run(inputs);
        past = results.Where(result => result.Name.StartsWith("present.", StringComparison.Ordinal))
            .ToDictionary(result => result.Name["present.".Length..], result => Copy(result));
        return Copy(results.Single(result => result.Name == output));

        void Add(string name, int[] values)
        {
            if (session.InputMetadata.ContainsKey(name))
            {
                long[] wide = [.. values.Select(value => (long)value)];
                inputs.Add(NamedOnnxValue.CreateFromTensor(name, new DenseTensor<long>(wide, [batch, wide.Length / batch])));
            }
        }
    }

    public void Dispose() => session.Dispose();

    private static DenseTensor<float> Copy(DisposableNamedOnnxValue value)
    {
        var tensor = value.AsTensor<float>();
        return new DenseTensor<float>(tensor.ToArray(), tensor.Dimensions);
    }
}
