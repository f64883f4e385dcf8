using System.Text.Json.Nodes;
using Sparsum.Cli.Running;
using Sparsum.Evaluation.Perplexity;

namespace Sparsum.Cli.Commands;

/// <summary>A perplexity as fields of a document, with everything the figure depends on.</summary>
internal static class PerplexityRecord
{
    public static JsonObject Create(PerplexityResult result) => new()
    {
        ["perplexity"] = JsonText.Number(result.Perplexity),
        ["protocol"] = NameOf(result.Protocol),
        ["tokens"] = result.Tokens,
        ["window"] = result.Window,
        ["stride"] = result.Stride,
        ["sequences"] = result.Sequences,
        ["documents"] = result.Documents,
        ["skipped"] = result.Skipped,
        ["droppedTokens"] = result.DroppedTokens,
        ["specialTokens"] = result.SpecialTokens.ToString(),
        ["tokenizer"] = result.Tokenizer,
        ["dataSha256"] = result.DataSha256,
    };

    public static string NameOf(PerplexityProtocol protocol) => protocol.ToString().ToLowerInvariant();
}
