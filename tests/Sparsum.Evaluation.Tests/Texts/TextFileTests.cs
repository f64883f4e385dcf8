using System.IO.Compression;
using System.Text;
using Sparsum.Core;
using Sparsum.Evaluation.Texts;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Evaluation.Tests.Texts;

public sealed class TextFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("a.jsonl")]
    [InlineData("c4-validation.00000-of-00008.json")]
    [InlineData("a.txt")]
    public void Json_lines_are_documents_whatever_their_name(string name)
    {
        folder.Write(name, "\n{\"text\": \"one\", \"url\": \"x\"}\r\n{\"text\": \"two\\r\\n\"}\n");

        var file = TextFile.Read(folder[name]);

        Assert.True(file.HasDocuments);
        Assert.Equal(["one", "two\r\n"], file.Documents);
        Assert.Equal(8, file.Bytes);
    }

    [Theory]
    [InlineData("c4.json.gz")]
    [InlineData("c4")]
    public void Gzip_is_read_in_several_members(string name)
    {
        folder.Write(name, [.. Gzip("{\"text\": \"one\"}\n"u8), .. Gzip("{\"text\": \"two\"}\n"u8)]);
        Assert.Equal(["one", "two"], TextFile.Read(folder[name]).Documents);
        Assert.Equal(["one"], TextFile.Read(folder[name], limit: 1).Documents);
    }

    [Fact]
    public void A_gzip_file_that_is_cut_anywhere_is_refused()
    {
        byte[] bytes = [.. Gzip(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 30).Select(i => $"{i * 7919 % 5003} ")))), .. Gzip("end"u8)];
        int second = bytes.Length - Gzip("end"u8).Length;
        Assert.EndsWith("end", TextFile.Read(folder.Write("whole.gz", bytes)["whole.gz"]).Documents[0], StringComparison.Ordinal);
        for (int length = 3; length < bytes.Length; length++)
        {
            if (length != second)
            {
                AssertRefused("cut.txt.gz", bytes[..length], "malformed-gzip", "");
            }
        }
    }

    [Fact]
    public void A_gzip_file_with_something_behind_it_or_another_sum_is_refused()
    {
        byte[] bytes = Gzip("text"u8);
        AssertRefused("more.txt.gz", [.. bytes, 0, 0], "malformed-gzip", "");
        bytes[^5] ^= 1;
        AssertRefused("sum.txt.gz", bytes, "malformed-gzip", "");
    }

    [Fact]
    public void Long_texts_come_out_of_gzip_as_they_went_in()
    {
        string text = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i * 7919 % 5003} "));
        folder.Write("long.gz", Gzip(Encoding.UTF8.GetBytes(text)));
        Assert.Equal(text, TextFile.Read(folder["long.gz"]).Documents[0]);
    }

    [Fact]
    public void Line_ends_are_those_of_Pythons_text_mode()
    {
        folder.Write("a.txt", "\uFEFFone\r\ntwo\rthree\r\r\nfour\n");
        folder.Write("long.txt", new string('x', (1 << 16) - 1) + "\r\n" + "y");

        Assert.Equal("one\ntwo\nthree\n\nfour\n", TextFile.Read(folder["a.txt"]).Documents[0]);
        Assert.Equal(["one", "two", "three", "", "four"], StrictText.ReadLines(folder["a.txt"]));
        Assert.EndsWith("x\ny", TextFile.Read(folder["long.txt"]).Documents[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[\"one\", \"two\"]")]
    [InlineData("[{\"text\": \"one\"},\n {\"text\": \"two\"}]")]
    public void An_array_of_texts_gives_documents(string json)
    {
        folder.Write("a.json", json);
        Assert.Equal(["one", "two"], TextFile.Read(folder["a.json"]).Documents);
    }

    [Fact]
    public void Prose_may_begin_as_JSON_does()
    {
        folder.Write("a.txt", "[1] A reference.\n{ and } are brackets.\n");
        var file = TextFile.Read(folder["a.txt"]);
        Assert.False(file.HasDocuments);
        Assert.StartsWith("[1] A reference.", file.Documents[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Parquet_gives_one_document_a_row()
    {
        ParquetSample.WriteTexts(folder["a.parquet"], "text", ["one\n", ""], ["drei – é"]);
        ParquetSample.WriteTexts(folder["ptb"], "sentence", ["a b"]);
        ParquetSample.WriteTexts(folder["other"], "content", ["a b"]);

        Assert.Equal(["one\n", "", "drei – é"], TextFile.Read(folder["a.parquet"]).Documents);
        Assert.Equal(["a b"], TextFile.Read(folder["ptb"]).Documents);
        Assert.Equal(["a b"], TextFile.Read(folder["other"], "content").Documents);
        var error = Assert.Throws<InvalidInputException>(() => TextFile.Read(folder["other"]));
        Assert.Equal(("missing-column", "the columns id, content"), (error.Code, error.Found));
    }

    [Fact]
    public void What_is_no_text_is_refused_by_its_name()
    {
        AssertRefused("a.txt", [0x50, 0x4B, 3, 4, 0, 0], "not-text", "ZIP");
        AssertRefused("a.txt", [0x80, 4, 0x95, 0, 0], "not-text", "pickle");
        AssertRefused("a.jsonl", [.. "%PDF-1.7"u8], "not-text", "PDF");
        AssertRefused("a.txt", [.. "GGUF\x03\0\0\0"u8], "not-text", "GGUF");
        AssertRefused("a.json", [9, 0, 0, 0, 0, 0, 0, 0, .. "{\"a\": 1}"u8], "not-text", "safetensors");
        AssertRefused("a.txt", Gzip([0x50, 0x4B, 3, 4, 0, 0]), "not-text", "ZIP");
        AssertRefused("a.txt", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("abc")], "not-text", "UTF-16");
        AssertRefused("a.txt", Encoding.Unicode.GetBytes("A text without a mark."), "not-text", "UTF-16 (little endian)");
        AssertRefused("a.txt", Encoding.BigEndianUnicode.GetBytes("A text without a mark."), "not-text", "UTF-16 (big endian)");
        AssertRefused("a.txt", Encoding.Latin1.GetBytes("Ein schöner Tag."), "not-text", "Latin-1: byte 0xF6 at offset 7");
        AssertRefused("a.txt", [.. "ab\0c"u8], "not-text", "binary data: byte 0x00 at offset 2");
        byte[] random = new byte[10_000];
        new Random(5).NextBytes(random);
        random[0] = (byte)'x';
        AssertRefused("a.txt", random, "not-text", "binary data");
        AssertRefused("a.parquet", [.. "PAR1"u8, 0, 1, 2, 3, 4, 5, 6, 7, .. "PAR1"u8], "malformed-parquet", null);
    }

    [Fact]
    public void One_bad_byte_far_into_a_text_is_found()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("größer ", 30_000)));
        AssertRefused("a.txt", [.. text, 0xE4, .. "!"u8], "not-text", $"at offset {text.Length}");
    }

    [Theory]
    [InlineData("a.jsonl", "{\"text\": \"a\"}\n{\"txt\": \"b\"}\n", "malformed-json-line")]
    [InlineData("a.jsonl", "{\"text\": \"a\", \"text\": \"b\"}\n", "malformed-json-line")]
    [InlineData("a.jsonl", "{\"text\": \"\\ud800\"}\n", "malformed-json-line")]
    [InlineData("a.jsonl", "prose\n", "malformed-json-line")]
    [InlineData("a.json", "prose\n", "malformed-json")]
    [InlineData("a.json", "{\n\"data\": []}", "malformed-json")]
    [InlineData("a.txt", " \n", "empty-text")]
    public void Malformed_rows_are_refused(string name, string content, string code)
    {
        folder.Write(name, content);
        Assert.Equal(code, Assert.Throws<InvalidInputException>(() => TextFile.Read(folder[name])).Code);
    }

    [Fact]
    public void Ids_are_told_from_text_by_what_is_there()
    {
        folder.Write("object", "{\"input_ids\": [[1, 2], [3, 4]]}").Write("array.txt", "[\n[1, 2, 3]]").Write("text.json", "{\"text\": \"a\"}\n");

        Assert.Equal([[1, 2], [3, 4]], TokenIdFile.Read(folder["object"]).Sequences);
        Assert.True(TokenIdFile.Holds(folder["object"]) && TokenIdFile.Holds(folder["array.txt"]));
        Assert.False(TokenIdFile.Holds(folder["text.json"]) || TokenIdFile.Holds(folder["missing.json"]));
    }

    [Fact]
    public void Rows_of_published_sets_are_those_of_the_scripts_that_made_them()
    {
        folder.Write("a.raw", " \n = Title = \n \n Text .\n\nlast");
        var file = TextFile.Read(folder["a.raw"]);
        Assert.Equal(["", " = Title = \n", "", " Text .\n", "", "last"], PublishedRows.WikiText(file));
        Assert.Equal(["", "= Title =", "", "Text .", "", "last"], PublishedRows.Treebank(file));
    }

    private static byte[] Gzip(ReadOnlySpan<byte> bytes)
    {
        var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionMode.Compress))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }

    private void AssertRefused(string name, byte[] bytes, string code, string? found)
    {
        folder.Write(name, bytes);
        var error = Assert.Throws<InvalidInputException>(() => TextFile.Read(folder[name]));
        Assert.Equal(code, error.Code);
        Assert.Contains(found ?? "", error.Found ?? "", StringComparison.Ordinal);
        Assert.NotNull(error.Hint);
    }
}
