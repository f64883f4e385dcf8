using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Reference;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Onnx.Tests;

/// <summary>Small models whose every value counts, and what the project itself computes with them.</summary>
internal static class WrittenModel
{
    public static LlamaConfig Llama { get; } = new()
    {
        VocabSize = 31,
        HiddenSize = 16,
        IntermediateSize = 24,
        NumHiddenLayers = 3,
        NumAttentionHeads = 4,
        NumKeyValueHeads = 2,
        AttentionBias = true,
        MlpBias = true,
        EosTokenId = [2],
    };

    public static BertConfig Bert { get; } = new()
    {
        VocabSize = 31,
        HiddenSize = 16,
        IntermediateSize = 24,
        NumHiddenLayers = 3,
        NumAttentionHeads = 4,
        MaxPositionEmbeddings = 32,
    };

    public static OptConfig Opt { get; } = new()
    {
        VocabSize = 31,
        HiddenSize = 16,
        FfnDim = 24,
        NumHiddenLayers = 3,
        NumAttentionHeads = 4,
        MaxPositionEmbeddings = 20,
        PadTokenId = 1,
    };

    /// <summary>Writes a model with values of its own in every parameter, norms and biases included, after a change of its structure.</summary>
    public static void Write(string folder, ModelConfig config, Action<TransformerModel>? change = null, TensorDataType type = TensorDataType.F32)
    {
        using var model = RandomInitialization.Create(config, 5);
        var random = new Random(3);
        foreach (var parameter in model.Parameters)
        {
            for (int row = 0; row < parameter.Value.RowCount; row++)
            {
                foreach (ref float value in parameter.Value.Row(row))
                {
                    value += 0.3f * ((2 * random.NextSingle()) - 1);
                }
            }
        }

        change?.Invoke(model);
        ModelWriter.Save(folder, config, model, type);
    }

    /// <summary>The outputs of the model in a folder, with the naive kernels; or its finished hidden states.</summary>
    public static float[] Compute(string folder, TokenBatch batch, bool givesStates = false)
    {
        using var pretrained = PretrainedModel.Open(folder);
        pretrained.LoadAll();
        using var backend = new ReferenceBackend();
        using var computation = new Computation(backend);
        var model = pretrained.Model;
        var pass = model.BeginPass(computation, batch);
        using var result = givesStates ? model.ForwardHidden(pass, batch) : model.Forward(pass, batch);
        return result.ToArray();
    }
}
