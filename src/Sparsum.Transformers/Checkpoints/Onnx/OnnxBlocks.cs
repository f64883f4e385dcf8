using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Checkpoints.Onnx;

/// <summary>Whole blocks in operators of ONNX, wired as <see cref="TransformerBlock"/> runs them.</summary>
internal static class OnnxBlocks
{
    /// <summary>One block on <c>[batch, tokens, hidden]</c>.</summary>
    public static string Block(this OnnxPass pass, TransformerBlock block, string hidden)
    {
        var graph = pass.Graph;
        graph.Scope = $"/{block.Name.Replace('.', '/')}";
        bool hasAttention = !block.Skipped.HasFlag(BlockParts.Attention);
        bool hasFeedForward = !block.Skipped.HasFlag(BlockParts.FeedForward);
        if (block.Style == BlockStyle.Parallel && hasAttention && hasFeedForward)
        {
            string normalized = graph.Normalize(block.AttentionNorm, hidden);
            string other = block.SharesInput ? normalized : block.FeedForwardNorm is null ? normalized : graph.Normalize(block.FeedForwardNorm, hidden);
            hidden = graph.Add("Add", [graph.Add("Add", [Attend(normalized), Transform(other)]), hidden]);
        }
        else
        {
            hidden = hasAttention ? AddPart(hidden, BlockParts.Attention, block.AttentionNorm, Attend) : hidden;
            hidden = hasFeedForward ? AddPart(hidden, BlockParts.FeedForward, block.FeedForwardNorm, Transform) : hidden;
        }

        graph.Scope = "";
        return hidden;

        string AddPart(string input, BlockParts kind, Normalization? norm, Func<string, string> part)
        {
            if (block.Style != BlockStyle.PostNorm)
            {
                return graph.Add("Add", [part(graph.Normalize(norm, input)), input]);
            }

            string sum = graph.Add("Add", [part(input), input]);
            return block.Unnormalized.HasFlag(kind) ? sum : graph.Normalize(norm, sum);
        }

        string Attend(string input) => graph.Normalize(block.AttentionOutputNorm, pass.Attention(block.Attention, input, block.Index));

        string Transform(string input) => graph.Normalize(block.FeedForwardOutputNorm, graph.FeedForward((FeedForwardLayer)block.FeedForward, input));
    }
}
