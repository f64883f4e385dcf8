using Sparsum.Cli.Demo.Corpus;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Xunit;

namespace Sparsum.Cli.Tests.Demo.Corpus;

public sealed class DocumentationCorpusTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("sparsum-corpus-").FullName;

    [Fact]
    public void MarkupBecomesPlainText()
    {
        Write("Pack/10.0.0/ref/net10.0/A.xml", """
            <doc><assembly><name>A</name></assembly><members>
              <member name="M:My.Space.Thing`1.#ctor(System.Int32)">
                <summary>
                  Makes a <see cref="T:My.Space.Thing`1"/> of <paramref name="size" /> parts,
                  or <see langword="null"/>, as <see cref="M:My.Space.Maker.Make(System.Int32)">the maker</see> would.
                  <code>var x = 1;</code>
                </summary>
                <param name="size">The number of parts that are <code data-dev-comment-type="c">made</code>.</param>
                <exception cref="T:System.Exception">Never mentioned.</exception>
                <returns><para>First paragraph.</para><para>Second one &amp; last.</para></returns>
                <remarks>See <c>Make</c> and <see cref="M:My.Space.Thing`1.#ctor(System.Int32)"/>.</remarks>
              </member>
            </members></doc>
            """);
        var entry = Assert.Single(DocumentationCorpus.Read(root).Entries);
        Assert.Equal("Makes a Thing of size parts, or null, as the maker would.", entry.Summary);
        Assert.Equal(
            entry.Summary + "\nsize: The number of parts that are made.\nReturns: First paragraph. Second one & last.\nSee Make and Thing.",
            entry.Text);
        Assert.Equal(DocumentationKind.Constructor, entry.Kind);
        Assert.Equal(("My.Space", "My.Space.Thing`1", "Thing"), (entry.Namespace, entry.TypeName, entry.MemberName));
    }

    [Fact]
    public void MembersOfNestedTypesBelongToTheOutermostType()
    {
        Write("Pack/10.0.0/ref/net10.0/A.xml", Document(
            ("T:N.Outer", "A type that holds another type."),
            ("T:N.Outer.Inner", "A type that is held by another."),
            ("P:N.Outer.Inner.Size", "Gets the size of the inner type."),
            ("M:N.Lonely.Do(System.Int32)", "Does something without a documented type.")));
        var entries = DocumentationCorpus.Read(root).Entries;
        Assert.Equal(["N.Outer", "N.Outer", "N.Outer", "N.Lonely"], entries.Select(entry => entry.TypeName));
        Assert.All(entries, entry => Assert.Equal("N", entry.Namespace));
        Assert.Equal(
            [DocumentationKind.Type, DocumentationKind.Type, DocumentationKind.Property, DocumentationKind.Method],
            entries.Select(entry => entry.Kind));
    }

    [Fact]
    public void RepeatedAndShortTextsAreLeftOut()
    {
        Write("Pack/10.0.0/ref/net10.0/A.xml", Document(
            ("T:N.A", "A text long enough to be kept here."),
            ("T:N.B", "A text long enough to be kept here."),
            ("T:N.C", "Too short."),
            ("M:N.C.Add", "__m128 _mm_add_ps (__m128 a, __m128 b) ADDPS xmm, xmm/m128"),
            ("X:N.D", "Not a type or member at all, so it is left out.")));
        Write("Zack/10.0.0/ref/net10.0/A.xml", Document(("T:N.A", "The same type under another pack and in other words.")));
        Assert.Equal("T:N.A", Assert.Single(DocumentationCorpus.Read(root).Entries).Id);
    }

    [Fact]
    public void NewestVersionOfAPackIsRead()
    {
        Write("Pack/9.0.11/ref/net9.0/A.xml", Document(("T:N.A", "What version nine has to say of it.")));
        Write("Pack/10.0.2/ref/net10.0/A.xml", Document(("T:N.A", "What version ten has to say of it.")));
        Write("Pack/10.0.2/data/Other.xml", "<not-documentation/>");
        var corpus = DocumentationCorpus.Read(root);
        Assert.Equal("What version ten has to say of it.", Assert.Single(corpus.Entries).Summary);
        Assert.Equal(1, corpus.Statistics.Files);
    }

    [Theory]
    [InlineData("<doc><members><member name='T:N.A'><summary>Ends early, without its")]
    [InlineData("<!DOCTYPE doc [<!ENTITY a 'aaaa'>]><doc>&a;</doc>")]
    [InlineData("")]
    [InlineData("deep")]
    public void HostileFileIsSkippedWithAWarning(string content)
    {
        content = content == "deep" ? string.Concat(Enumerable.Repeat("<a>", 100_000)) : content;
        Write("Pack/10.0.0/ref/net10.0/A.xml", content);
        Write("Pack/10.0.0/ref/net10.0/B.xml", Document(("T:N.B", "The other file is read all the same.")));
        var corpus = DocumentationCorpus.Read(root);
        Assert.Equal("T:N.B", Assert.Single(corpus.Entries).Id);
        Assert.Equal((1, 1), (corpus.Statistics.Files, corpus.Statistics.SkippedFiles));
        Assert.Contains("A.xml", Assert.Single(corpus.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void FolderWithoutPacksIsATypedErrorWithAHint()
    {
        var error = Assert.Throws<InvalidInputException>(() => DocumentationCorpus.Read(root));
        Assert.Equal("missing-documentation", error.Code);
        Assert.Contains("SDK", error.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void SplitIsTheDocumentedHash()
    {
        // By the published test vectors FNV-1a 64 of "a" is af63dc4c8601ec8c and of "foobar" 85944171f73967e8; the last two decimal
        // digits are 96 and 68.
        Assert.Equal(96UL, 0xaf63dc4c8601ec8cUL % 100);
        Assert.Equal(CorpusSplit.Test, DocumentationCorpus.SplitOf("a"));
        Assert.Equal(68UL, 0x85944171f73967e8UL % 100);
        Assert.Equal(CorpusSplit.Train, DocumentationCorpus.SplitOf("foobar"));
        var counts = Enumerable.Range(0, 10_000)
            .GroupBy(i => DocumentationCorpus.SplitOf($"N.T{i}"))
            .ToDictionary(split => split.Key, split => split.Count());
        Assert.InRange(counts[CorpusSplit.Validation], 400, 600);
        Assert.InRange(counts[CorpusSplit.Test], 400, 600);
    }

    [Fact]
    public void InstalledSdkGivesMegabytesOfCleanTextAndTheSameEachTime()
    {
        var corpus = DocumentationCorpus.Read();
        Assert.Empty(corpus.Warnings);
        Assert.InRange(corpus.Statistics.Characters[CorpusSplit.Train], 3_000_000, 100_000_000);
        Assert.InRange(corpus.Statistics.Entries[CorpusSplit.Test], 500, 50_000);
        Assert.DoesNotContain(corpus.Entries, entry => entry.Summary.Contains('\n') || entry.Text.Contains("  ", StringComparison.Ordinal));
        Assert.Contains(corpus.Entries, entry => entry.Id == "T:System.String" && entry.Namespace == "System");
        Assert.All(
            corpus.Entries.GroupBy(entry => entry.TypeName), type => Assert.Single(type.Select(entry => entry.Split).Distinct()));
        Assert.Equal(corpus.Entries.Count, corpus.Entries.Select(entry => entry.Summary).Distinct().Count());
    }

    [Fact]
    public void JsonLinesAreReadBackAsDocuments()
    {
        Write("Pack/10.0.0/ref/net10.0/A.xml", Document(("T:N.A", "A text with \"quotes\" and ümlauts in it.")));
        var corpus = DocumentationCorpus.Read(root);
        string path = Path.Combine(root, "split.jsonl");
        corpus.WriteJsonLines(corpus.Entries[0].Split, path);
        Assert.Equal([corpus.Entries[0].Text], TextFile.Read(path).Documents);
        Assert.Contains("\"namespace\":\"N\",\"kind\":\"type\"}\n", File.ReadAllText(path), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static string Document(params (string Id, string Summary)[] members) =>
        $"<doc><members>{string.Concat(members.Select(m => $"<member name='{m.Id}'><summary>{m.Summary}</summary></member>"))}</members></doc>";

    private void Write(string path, string content)
    {
        path = Path.Combine(root, "packs", path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
