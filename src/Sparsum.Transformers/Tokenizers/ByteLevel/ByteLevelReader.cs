using System.Text;
using System.Text.Json;
using Sparsum.Transformers.Tokenizers.Json;

namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>Reads vocabularies and merges.</summary>
internal static class ByteLevelReader
{
    /// <summary>A JSON object from token to id.</summary>
    /// <exception cref="TokenizerException">It is something else, or ids are missing, doubled or out of range.</exception>
    public static Dictionary<string, int> ReadVocabulary(JsonElement element, string file)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw TokenizerException.Malformed(file, "The vocabulary is no JSON object.");
        }

        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in element.EnumerateObject())
        {
            if (!entry.Value.TryGetId(out int id) || !vocabulary.TryAdd(entry.Name, id))
            {
                throw TokenizerException.Malformed(file, $"The vocabulary entry '{entry.Name}' is doubled or has no valid id.");
            }
        }

        // Holes in the numbering are possible, but tables are as large as the largest id.
        return vocabulary.Count > 0 && vocabulary.Values.Max() < (4 * vocabulary.Count) + (1 << 16)
            ? vocabulary
            : throw TokenizerException.Malformed(file, "The vocabulary is empty or its ids are far too large.");
    }

    /// <summary>The lines of <c>merges.txt</c>: two tokens and a space; a line with the version comes first.</summary>
    /// <exception cref="TokenizerException">A line is malformed or names a token that the vocabulary lacks.</exception>
    public static MergeTable ReadMerges(byte[] bytes, Dictionary<string, int> vocabulary, string file)
    {
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
        var table = new MergeTable(lines.Length);
        foreach (string line in lines)
        {
            string merge = line.TrimEnd('\r');
            if (merge.Length > 0 && !merge.StartsWith("#version", StringComparison.Ordinal))
            {
                int space = merge.IndexOf(' ');
                if (space <= 0)
                {
                    throw TokenizerException.Malformed(file, $"'{merge}' is no merge.");
                }

                Add(table, merge[..space], merge[(space + 1)..], vocabulary, file);
            }
        }

        return table;
    }

    /// <summary>Adds the next merge to a table; the right token loses so many characters when it is joined.</summary>
    /// <exception cref="TokenizerException">It names a token that the vocabulary lacks.</exception>
    public static void Add(MergeTable table, string left, string right, Dictionary<string, int> vocabulary, string file, int cut = 0)
    {
        if (!vocabulary.TryGetValue(left, out int leftId)
            || !vocabulary.TryGetValue(right, out int rightId)
            || !vocabulary.TryGetValue(left + right[cut..], out int id))
        {
            throw TokenizerException.Malformed(file, $"The merge '{left} {right}' names a token that the vocabulary lacks.");
        }

        table.Add(leftId, rightId, new Merge(table.Count, id));
    }
}
