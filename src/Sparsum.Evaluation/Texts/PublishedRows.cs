namespace Sparsum.Evaluation.Texts;

/// <summary>
/// The rows of published data sets, from Parquet or JSON lines as they are stored there, or from the text files that they were made of: the
/// scripts that made the rows treat lines in the ways below, and published perplexities depend on them.
/// </summary>
public static class PublishedRows
{
    /// <summary>WikiText: each line with its newline; an empty text where there is nothing but white space in it.</summary>
    public static IReadOnlyList<string> WikiText(TextFile file) => file.HasDocuments
        ? file.Documents
        : [.. Lines(file).Select(line => string.IsNullOrWhiteSpace(line) ? "" : line)];

    /// <summary>The Penn Treebank: each line without the white space around it.</summary>
    public static IReadOnlyList<string> Treebank(TextFile file) => file.HasDocuments
        ? file.Documents
        : [.. Lines(file).Select(line => line.Trim())];

    /// <summary>Lines with the newlines that end them; the last may have none.</summary>
    private static IEnumerable<string> Lines(TextFile file)
    {
        string text = file.Documents[0];
        for (int start = 0; start < text.Length;)
        {
            int newline = text.IndexOf('\n', start);
            int end = newline < 0 ? text.Length : newline + 1;
            yield return text[start..end];
            start = end;
        }
    }
}
