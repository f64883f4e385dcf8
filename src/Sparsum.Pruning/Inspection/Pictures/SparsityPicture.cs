using Sparsum.Transformers.Layers;

namespace Sparsum.Pruning.Inspection.Pictures;

/// <summary>A picture that can be made of a model: one matrix, or the three of an attention module side by side.</summary>
/// <param name="Name">A layer's name, or that of the module.</param>
/// <param name="Description">What the two sides are.</param>
/// <param name="Linears">The matrices.</param>
/// <param name="IsTransposed">Whether rows of the picture are input features and the matrices stand side by side.</param>
public sealed record SparsityPicture(string Name, string Description, IReadOnlyList<Linear> Linears, bool IsTransposed)
{
    /// <summary>
    /// The pictures that the paper shows (its figures 1 and 8 to 10): of each block <c>A = [Q|K|V]</c> with input features as rows, and the
    /// matrices of the MLP as they are, with output features as rows.
    /// </summary>
    public static IReadOnlyList<SparsityPicture> OfBlock(TransformerBlock block) =>
    [
        .. block.Attentions.Select(attention => new SparsityPicture(
            NameOf(attention),
            "input features by outputs of query, key and value",
            [attention.Query, attention.Key, attention.Value],
            IsTransposed: true)),
        .. block.FeedForward.Linears.Select(OfLayer),
    ];

    /// <summary>The picture of one matrix as it is.</summary>
    public static SparsityPicture OfLayer(Linear linear) =>
        new(linear.Name, "output features by input features", [linear], IsTransposed: false);

    /// <summary>Draws the picture; what was removed is white. The values must be loaded.</summary>
    public SparsityMap Draw(double epsilon)
    {
        if (!IsTransposed)
        {
            var weight = Linears[0].Weight;
            var map = new SparsityMap(weight.OriginalShape[0], weight.OriginalShape[1]);
            Add(map, weight, epsilon, (row, column) => (row, column));
            return map;
        }

        var side = new SparsityMap(
            Linears.Max(linear => linear.Weight.OriginalShape[1]), Linears.Sum(linear => linear.Weight.OriginalShape[0]));
        int offset = 0;
        foreach (var linear in Linears)
        {
            int start = offset;
            Add(side, linear.Weight, epsilon, (row, column) => (column, start + row));
            offset += linear.Weight.OriginalShape[0];
        }

        return side;
    }

    /// <summary>What the names of query, key and value have in common.</summary>
    private static string NameOf(AttentionLayer attention)
    {
        string query = attention.Query.Name;
        return query.Contains('.', StringComparison.Ordinal) ? query[..query.LastIndexOf('.')] : query;
    }

    private static void Add(SparsityMap map, Parameter weight, double epsilon, Func<int, int, (int Row, int Column)> place)
    {
        var (rows, columns) = (weight.Kept(SliceAxis.Rows), weight.Kept(SliceAxis.Columns));
        map.Add(weight.Value, epsilon, (row, column) => place(rows?[row] ?? row, columns?[column] ?? column));
    }
}
