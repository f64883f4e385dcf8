namespace Sparsum.Evaluation.Glue;

/// <summary>Where a file keeps its texts and labels; columns are counted from 0.</summary>
/// <param name="TextA">Column of the first or only text.</param>
/// <param name="TextB">Column of the second text of a pair.</param>
/// <param name="Label">Column of the label, possibly from the end; null in a file without labels.</param>
public sealed record GlueColumns(int TextA, int? TextB = null, Index? Label = null)
{
    /// <summary>Whether the first line names the columns.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>Fewest columns that hold all that is read.</summary>
    public int MinimumCount
    {
        get
        {
            int texts = Math.Max(TextA, TextB ?? 0) + 1;
            return Label switch
            {
                null => texts,
                { IsFromEnd: true } label => texts + label.Value,
                { } label => Math.Max(texts, label.Value + 1),
            };
        }
    }
}
