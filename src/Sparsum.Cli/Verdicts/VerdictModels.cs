using Sparsum.Evaluation.Latency;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Verdicts;

/// <summary>The two models of a verdict.</summary>
internal sealed class VerdictModels : IDisposable
{
    private readonly PretrainedModel? opened;

    public VerdictModels(VerdictRequest request)
    {
        Now = PretrainedModel.Open(request.Output);
        opened = request.Before is null ? null : PretrainedModel.Open(request.Before);
        Before = opened?.Model ?? Now.Architecture.Create(Now.ModelConfig with { PrunedHeads = null, PerLayerConfig = null, Sparsum = null, Compaction = null });
        (BytesBefore, BytesNow) = request.Before is null
            ? (DenseBytes(), Now.Checkpoint.Tensors.Values.Sum(tensor => tensor.ByteCount))
            : (FolderSize.Measure(request.Before).Weights, FolderSize.Measure(request.Output).Weights);
    }

    public PretrainedModel Now { get; }

    /// <summary>The model before; one that lies nowhere has weights of chance, which take as much time as any.</summary>
    public TransformerModel Before { get; }

    public long BytesNow { get; }

    public long BytesBefore { get; }

    /// <summary>Makes both ready to be run.</summary>
    public void Load(IBackend backend, CancellationToken cancellationToken)
    {
        Now.LoadPacked(backend, StorageType.Auto, cancellationToken);
        if (opened is not null)
        {
            opened.LoadPacked(backend, StorageType.Auto, cancellationToken);
            return;
        }

        RandomInitialization.Fill(Before, Now.ModelConfig.InitializerStd(), 0);
        foreach (var linear in Before.Linears)
        {
            cancellationToken.ThrowIfCancellationRequested();
            linear.Pack(backend, StorageType.Auto, releaseWeight: false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Now.Dispose();
        if (opened is null)
        {
            Before.Dispose();
        }

        opened?.Dispose();
    }

    /// <summary>What the weights would take at their type with nothing removed.</summary>
    private long DenseBytes()
    {
        var type = Now.Checkpoint.Tensors.Values.First(tensor => !tensor.DataType.IsInteger()).DataType;
        return Before.Parameters.Where(parameter => !parameter.IsBuffer).Sum(parameter => Tensor.CountElements(parameter.Shape)) * type.BitCount() / 8;
    }
}
