using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Xml;
using Sparsum.Core;

namespace Sparsum.Cli.Demo.Corpus;

/// <summary>
/// English text that every machine with a .NET SDK already has: the XML reference documentation of its packs, as clean and de-duplicated
/// entries with a fixed train, validation and test split. The same SDK gives the same corpus.
/// </summary>
internal sealed class DocumentationCorpus
{
    private const int FewestWords = 4;
    private const int ShortestDetail = 16;

    private DocumentationCorpus(IReadOnlyList<DocumentationEntry> entries, IReadOnlyList<string> warnings, int files)
    {
        Entries = entries;
        Warnings = warnings;
        var splits = Enum.GetValues<CorpusSplit>();
        Statistics = new DocumentationStatistics
        {
            Files = files,
            SkippedFiles = warnings.Count,
            Entries = splits.ToDictionary(split => split, split => EntriesOf(split).Count()),
            Characters = splits.ToDictionary(split => split, split => EntriesOf(split).Sum(entry => (long)entry.Text.Length)),
        };
    }

    /// <summary>All entries, in the order of packs, files and members.</summary>
    public IReadOnlyList<DocumentationEntry> Entries { get; }

    /// <summary>One line for each file that was left out.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Counts.</summary>
    public DocumentationStatistics Statistics { get; }

    /// <summary>Reads the corpus.</summary>
    /// <param name="root">The folder of a .NET SDK, which holds <c>packs</c>; null finds the one that runs.</param>
    /// <param name="cancellationToken">Stops between files.</param>
    /// <exception cref="InvalidInputException">There is no documentation; the hint says how to get it.</exception>
    public static DocumentationCorpus Read(string? root = null, CancellationToken cancellationToken = default)
    {
        var members = new List<DocumentationMember>();
        var warnings = new List<string>();
        var files = DotnetPacks.FindDocumentation(root);
        foreach (string file in files)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                using var stream = File.OpenRead(file);
                members.AddRange(DocumentationFileReader.Read(stream));
            }
            catch (Exception error) when (error is XmlException or IOException or UnauthorizedAccessException)
            {
                warnings.Add($"{file}: {error.Message}");
            }
        }

        return new DocumentationCorpus(ToEntries(members), warnings, files.Count - warnings.Count);
    }

    /// <summary>The entries of one split.</summary>
    public IEnumerable<DocumentationEntry> EntriesOf(CorpusSplit split) => Entries.Where(entry => entry.Split == split);

    /// <summary>
    /// Writes a split as JSON lines with <c>text</c>, <c>summary</c>, <c>name</c>, <c>type</c>, <c>namespace</c> and <c>kind</c>,
    /// readable by <see cref="Sparsum.Evaluation.Texts.TextFile"/>.
    /// </summary>
    /// <exception cref="RunFailedException">The file could not be written; it is as it was.</exception>
    public void WriteJsonLines(CorpusSplit split, string path)
    {
        using var text = new MemoryStream();
        using var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        foreach (var entry in EntriesOf(split))
        {
            json.WriteStartObject();
            json.WriteString("text", entry.Text);
            json.WriteString("summary", entry.Summary);
            json.WriteString("name", entry.MemberName);
            json.WriteString("type", entry.TypeName);
            json.WriteString("namespace", entry.Namespace);
            json.WriteString("kind", JsonNamingPolicy.CamelCase.ConvertName(entry.Kind.ToString()));
            json.WriteEndObject();
            json.Flush();
            text.WriteByte((byte)'\n');
            json.Reset();
        }

        AtomicFile.WriteAllBytes(path, text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    /// <summary>
    /// The split of a type: 90 % train, 5 % validation, 5 % test by the 64-bit FNV-1a hash of its name, so that all members of a type are
    /// on one side and a newer SDK moves nothing.
    /// </summary>
    public static CorpusSplit SplitOf(string typeName)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in Encoding.UTF8.GetBytes(typeName))
        {
            hash = (hash ^ value) * 1099511628211;
        }

        return (hash % 100) switch
        {
            < 90 => CorpusSplit.Train,
            < 95 => CorpusSplit.Validation,
            _ => CorpusSplit.Test,
        };
    }

    private static List<DocumentationEntry> ToEntries(List<DocumentationMember> members)
    {
        var types = members.Where(member => member.Id.StartsWith("T:", StringComparison.Ordinal))
            .Select(member => DocumentationName.Path(member.Id))
            .ToHashSet(StringComparer.Ordinal);
        var seenIds = new HashSet<string>(StringComparer.Ordinal);
        var seenTexts = new HashSet<string>(StringComparer.Ordinal);
        var entries = new List<DocumentationEntry>();
        foreach (var member in members)
        {
            // Packs repeat each other's assemblies, overloads repeat each other's words: only the first of each counts.
            if (DocumentationName.KindOf(member.Id) is { } kind
                && IsProse(member.Summary)
                && seenIds.Add(member.Id)
                && seenTexts.Add(member.Summary))
            {
                var details = member.Details.Where(detail => detail.Length >= ShortestDetail && seenTexts.Add(detail));
                entries.Add(ToEntry(member, kind, DocumentationName.OutermostType(member.Id, types), details));
            }
        }

        return entries;
    }

    /// <summary>
    /// Whether a text is a sentence; summaries of processor intrinsics are instruction listings, some members have a word or two.
    /// </summary>
    private static bool IsProse(string text) =>
        text.Length > 0 && char.IsUpper(text[0]) && text[^1] is '.' or '!' or '?' && text.Count(letter => letter == ' ') >= FewestWords - 1;

    private static DocumentationEntry ToEntry(
        DocumentationMember member, DocumentationKind kind, string typeName, IEnumerable<string> details) => new()
        {
            Id = member.Id,
            Kind = kind,
            Namespace = DocumentationName.Parent(typeName),
            TypeName = typeName,
            MemberName = DocumentationName.Short(member.Id),
            Summary = member.Summary,
            Text = string.Join('\n', details.Prepend(member.Summary)),
            Split = SplitOf(typeName),
        };
}

/// <summary>How much a corpus holds.</summary>
internal sealed record DocumentationStatistics
{
    /// <summary>Files that were read.</summary>
    public required int Files { get; init; }

    /// <summary>Files that could not be read and were left out.</summary>
    public required int SkippedFiles { get; init; }

    /// <summary>Entries in each split.</summary>
    public required IReadOnlyDictionary<CorpusSplit, int> Entries { get; init; }

    /// <summary>Characters of <see cref="DocumentationEntry.Text"/> in each split.</summary>
    public required IReadOnlyDictionary<CorpusSplit, long> Characters { get; init; }
}
