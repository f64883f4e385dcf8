using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Training.Data;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;

namespace Sparsum.Training.Tests;

/// <summary>Loss and gradients of one batch of a small model with dropout, and the bytes that waited for backward.</summary>
internal static class SmallStep
{
    private const int Length = 32;
    private const int Batch = 8;

    public static (double Loss, float[] Gradients, long WaitingBytes) Run(
        string family, bool rounds = false, bool recomputes = false, int threads = 2)
    {
        using var backend = new CpuBackend(threads);
        using var model = RandomInitialization.Create(Config(family), 3);
        var objective = new TrainingObjective(model);
        var batch = new TrainingBatch([.. Enumerable.Range(0, Batch).Select(Example)], 0);
        using var computation = new Computation(backend);
        using var tape = computation.Record(seed: 7, rounds: rounds, recomputes: recomputes);
        var parameters = model.Parameters.ToList();
        parameters.ForEach(parameter => parameter.EnableGradient());
        tape.Watch(parameters);
        double loss = objective.Loss(computation, batch, objective.CountTargets(batch));
        long waiting = computation.Workspace.RentedBytes;
        tape.Backward();
        return (loss, [.. parameters.SelectMany(parameter => parameter.Gradient!.ToArray())], waiting);

        TrainingExample Example(int index)
        {
            int[] ids = [.. Enumerable.Range(0, Length).Select(i => 2 + (((index * 31) + (i * 17)) % 60))];
            return family switch
            {
                "bert" => new TrainingExample(ids) { Label = index % 2 },
                "t5" => new TrainingExample(ids) { Target = [.. ids.Reverse()] },
                _ => new TrainingExample(ids) { TokenLabels = ids },
            };
        }
    }

    private static ModelConfig Config(string family) => family switch
    {
        "bert" => new BertConfig
        {
            Architectures = ["BertForSequenceClassification"],
            VocabSize = 64,
            HiddenSize = 64,
            IntermediateSize = 256,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            MaxPositionEmbeddings = Length,
            NumLabels = 2,
        },
        "mixtral" => new MixtralConfig
        {
            Architectures = ["MixtralForCausalLM"],
            VocabSize = 64,
            HiddenSize = 64,
            IntermediateSize = 96,
            NumHiddenLayers = 2,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            NumLocalExperts = 4,
            NumExpertsPerTok = 2,
            MaxPositionEmbeddings = Length,
        },
        "t5" => new T5Config
        {
            Architectures = ["T5ForConditionalGeneration"],
            VocabSize = 64,
            DModel = 64,
            DKv = 16,
            DFf = 256,
            NumLayers = 2,
            NumHeads = 4,
        },
        _ => new LlamaConfig
        {
            Architectures = ["LlamaForCausalLM"],
            VocabSize = 64,
            HiddenSize = 64,
            IntermediateSize = 256,
            NumHiddenLayers = 3,
            NumAttentionHeads = 4,
            NumKeyValueHeads = 2,
            MaxPositionEmbeddings = Length,
        },
    };
}
