using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.Inspection;

/// <summary>Counts zeros and degrees of a model folder, with one layer in memory at a time.</summary>
public static class SparsityInspector
{
    /// <summary>Inspects every linear layer of every block.</summary>
    /// <param name="pretrained">The opened model; layers that are not loaded are read and released again.</param>
    /// <param name="progress">Told each layer's name before it is read.</param>
    /// <param name="cancellationToken">Stops between layers.</param>
    public static SparsityInspection Inspect(
        PretrainedModel pretrained, IProgress<string>? progress = null, CancellationToken cancellationToken = default)
    {
        var blocks = new List<BlockInspection>();
        foreach (var block in pretrained.Model.Blocks)
        {
            var layers = new List<LayerInspection>();
            foreach (var linear in block.Linears)
            {
                cancellationToken.ThrowIfCancellationRequested();
                progress?.Report(linear.Name);
                layers.Add(Inspect(pretrained, linear));
            }

            blocks.Add(new BlockInspection(block.Index, block.Name, layers));
        }

        return new SparsityInspection(blocks);
    }

    private static LayerInspection Inspect(PretrainedModel pretrained, Linear linear)
    {
        bool wasLoaded = linear.Weight.IsLoaded;
        pretrained.Load(linear.Weight);
        try
        {
            return Inspect(linear.Name, linear.Weight.Value);
        }
        finally
        {
            if (!wasLoaded)
            {
                linear.Weight.Release();
            }
        }
    }

    private static LayerInspection Inspect(string name, Tensor weight)
    {
        int[] rowDegrees = new int[weight.RowCount];
        int[] columnDegrees = new int[weight.Columns];
        for (int r = 0; r < rowDegrees.Length; r++)
        {
            var row = weight.Row(r);
            int degree = 0;
            for (int c = 0; c < row.Length; c++)
            {
                int nonzero = row[c] != 0 ? 1 : 0;
                degree += nonzero;
                columnDegrees[c] += nonzero;
            }

            rowDegrees[r] = degree;
        }

        long zeros = weight.Length - rowDegrees.Sum(degree => (long)degree);
        return new LayerInspection(
            name, rowDegrees.Length, columnDegrees.Length, zeros, DegreeStatistics.Of(rowDegrees), DegreeStatistics.Of(columnDegrees));
    }
}
