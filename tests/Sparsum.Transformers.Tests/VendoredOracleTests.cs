using System.Security.Cryptography;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Transformers.Tests;

/// <summary>The part of the oracle that travels with the project is whole, so that no comparison with it is ever skipped.</summary>
public class VendoredOracleTests
{
    [Fact]
    public void Every_file_is_there_and_as_it_was_made()
    {
        string[] lines = File.ReadAllLines(Path.Combine(SharedFiles.Vendored, "SHA256SUMS"));
        Assert.All(lines, line =>
        {
            string path = Path.Combine(SharedFiles.Vendored, line[66..]);
            Assert.Equal(line[..64], Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        });
    }

    [Theory]
    [InlineData("oracle/models/llama_gqa")]
    [InlineData("oracle/models/bert_cls")]
    [InlineData("oracle/training/bert_adamw")]
    [InlineData("oracle/tokenizers/bert_small_cased")]
    [InlineData("oracle/tokenizers/gpt2_small")]
    [InlineData("oracle/tokenizers/llama_bpe")]
    [InlineData("oracle/pruning/llama_a")]
    [InlineData("oracle/pruning/sampling.json")]
    public void A_test_that_needs_it_is_not_skipped(string part) => Assert.Null(SharedFiles.WhyMissing(part));
}
