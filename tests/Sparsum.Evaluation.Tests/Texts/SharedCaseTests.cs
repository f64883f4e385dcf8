using Sparsum.Core;
using Sparsum.Evaluation.Perplexity;
using Sparsum.Evaluation.Texts;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Evaluation.Tests.Texts;

/// <summary>Files that were once taken for what they are not.</summary>
public sealed class SharedCaseTests
{
    [SharedFact("cases/gzip-or-parquet-as-text")]
    public void Gzip_is_decompressed_and_damaged_Parquet_refused()
    {
        string folder = SharedFiles.Path("cases", "gzip-or-parquet-as-text");
        Assert.StartsWith("A short text about a dog", TextFile.Read(Path.Combine(folder, "c4.json.gz")).Documents[0], StringComparison.Ordinal);
        var error = Assert.Throws<InvalidInputException>(() => TextFile.Read(Path.Combine(folder, "test-00000-of-00001.parquet")));
        Assert.Equal("malformed-parquet", error.Code);
    }

    [SharedFact("cases/json-lines-named-json")]
    public void Json_lines_named_json_are_documents()
    {
        var file = TextFile.Read(SharedFiles.Path("cases", "json-lines-named-json", "c4-validation.00000-of-00008.json"));
        Assert.True(file.HasDocuments && file.Documents.Count > 1);
        Assert.StartsWith("A short text", file.Documents[1], StringComparison.Ordinal);
    }

    [SharedFact("cases/crlf-text")]
    public void A_text_with_carriage_returns_scores_as_one_without()
    {
        string path = SharedFiles.Path("cases", "crlf-text", "text.txt");
        using var folder = new TemporaryFolder();
        folder.Write("lf.txt", File.ReadAllText(path).Replace("\r\n", "\n", StringComparison.Ordinal));
        Assert.Contains('\r', File.ReadAllText(path));
        Assert.Equal(Score(folder["lf.txt"]), Score(path));
    }

    private static double Score(string path)
    {
        using var model = PretrainedModel.Open(SharedFiles.Path("models", "llama-3m"));
        using var backend = new CpuBackend();
        model.LoadAll();
        var text = TokenizedText.Create(TextFile.Read(path), model.Tokenizer, model.Model.MaxPositions, new PerplexityOptions { Window = 128 });
        return PerplexityEvaluator.Measure(model.LanguageModel, text, backend).Perplexity;
    }
}
