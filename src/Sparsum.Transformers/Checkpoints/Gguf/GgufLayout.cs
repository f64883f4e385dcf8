using System.Globalization;

namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>How the tensors of one model are named and ordered in its GGUF file: a family's rules with the numbers of the model.</summary>
internal sealed class GgufLayout(GgufFamily family, GgufMetadata metadata)
{
    private readonly int blocks = Need("block_count", family, metadata);
    private readonly int experts = metadata.Integer($"{family.Architecture}.expert_count") ?? 0;
    private readonly int heads = Need("attention.head_count", family, metadata);

    /// <summary>The family.</summary>
    public GgufFamily Family => family;

    /// <summary>All tensors that the family can have, weights and biases, whether or not a file has them.</summary>
    public IEnumerable<GgufTensorName> Names()
    {
        foreach (var rule in family.Tensors)
        {
            bool isBlock = rule.Name.Contains(GgufTensorRule.Block, StringComparison.Ordinal);
            bool isExpert = rule.Name.Contains(GgufTensorRule.Expert, StringComparison.Ordinal);
            for (int block = 0; block < (isBlock ? blocks : 1); block++)
            {
                for (int expert = 0; expert < (isExpert ? experts : 1); expert++)
                {
                    string name = Number(Number(rule.Name, GgufTensorRule.Block, block), GgufTensorRule.Expert, expert);
                    string stored = Number(rule.Stored, GgufTensorRule.Block, block);
                    foreach (string kind in new[] { ".weight", ".bias" })
                    {
                        yield return new GgufTensorName(name + kind, stored + kind, rule, expert, isExpert ? experts : 1);
                    }
                }
            }
        }
    }

    /// <summary>For each row of the Hugging Face layout its row in the file; null where both are the same.</summary>
    /// <exception cref="GgufException">The rows are no whole heads.</exception>
    public int[]? RowOrder(GgufTensorRule rule, int rows)
    {
        int keyValueHeads = metadata.Integer($"{family.Architecture}.attention.head_count_kv") ?? heads;
        return rule.Rows switch
        {
            GgufRowOrder.RotaryQuery => Rotary(HeadSize(heads, 2), rows),
            GgufRowOrder.RotaryKey => Rotary(HeadSize(keyValueHeads, 2), rows),
            GgufRowOrder.FusedByHead => Fused(heads, 1, HeadSize(3 * heads, 1)),
            GgufRowOrder.FusedByGroup => Fused(keyValueHeads, heads / Math.Max(1, keyValueHeads), HeadSize(heads + (2 * keyValueHeads), 1)),
            _ => null,
        };

        int HeadSize(int parts, int multiple) => parts > 0 && rows % (parts * multiple) == 0
            ? rows / parts
            : throw GgufException.Malformed(metadata.File, $"the rows of {rule.Stored} are no whole heads.", $"{rows} rows", $"{parts} heads");
    }

    private static int[] Rotary(int headSize, int rows)
    {
        int half = headSize / 2;
        var order = new int[rows];
        for (int row = 0; row < rows; row++)
        {
            int within = row % headSize;
            order[row] = row - within + (2 * (within % half)) + (within / half);
        }

        return order;
    }

    // Each of the groups has so many query heads, one key head and one value head.
    private static int[] Fused(int groups, int queries, int headSize)
    {
        var order = new int[groups * (queries + 2) * headSize];
        for (int row = 0; row < order.Length; row++)
        {
            int group = row / headSize / (queries + 2);
            int head = row / headSize % (queries + 2);
            int place = head < queries ? (group * queries) + head : ((queries + head - queries) * groups) + group;
            order[row] = (place * headSize) + (row % headSize);
        }

        return order;
    }

    private static string Number(string name, string mark, int value) =>
        name.Replace(mark, value.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private static int Need(string key, GgufFamily family, GgufMetadata metadata) =>
        metadata.Integer($"{family.Architecture}.{key}") is > 0 and <= 1 << 16 and int value
            ? value
            : throw GgufException.Malformed(metadata.File, $"it lacks {family.Architecture}.{key}, or the value makes no sense.");
}
