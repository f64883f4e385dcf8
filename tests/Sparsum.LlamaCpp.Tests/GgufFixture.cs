using System.Text;
using System.Text.Json;

namespace Sparsum.LlamaCpp.Tests;

/// <summary>A GGUF file of a tiny model without sense around a byte-level vocabulary, written without the product.</summary>
internal static class GgufFixture
{
    private const int Text = 8;
    private const int List = 9;

    public static void WriteVocabulary(string folder, string path, string rules)
    {
        var vocabulary = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "vocab.json"))).RootElement;
        string[] tokens = [.. vocabulary.EnumerateObject().OrderBy(entry => entry.Value.GetInt32()).Select(entry => entry.Name)];
        string[] merges = [.. File.ReadLines(Path.Combine(folder, "merges.txt")).Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal))];
        using var writer = new BinaryWriter(File.Create(path));
        var sizes = new (string Name, int[] Shape)[]
        {
            ("token_embd.weight", [tokens.Length, 32]), ("output_norm.weight", [32]), ("blk.0.attn_norm.weight", [32]), ("blk.0.ffn_norm.weight", [32]),
            ("blk.0.attn_q.weight", [32, 32]), ("blk.0.attn_k.weight", [32, 32]), ("blk.0.attn_v.weight", [32, 32]), ("blk.0.attn_output.weight", [32, 32]),
            ("blk.0.ffn_gate.weight", [32, 32]), ("blk.0.ffn_up.weight", [32, 32]), ("blk.0.ffn_down.weight", [32, 32]),
        };
        writer.Write("GGUF"u8);
        writer.Write(3u);
        writer.Write((ulong)sizes.Length);
        writer.Write(15ul);
        Key("general.architecture", Text);
        String("llama");
        Number("llama.block_count", 1);
        Number("llama.context_length", 256);
        Number("llama.embedding_length", 32);
        Number("llama.feed_forward_length", 32);
        Number("llama.attention.head_count", 2);
        Key("llama.attention.layer_norm_rms_epsilon", 6);
        writer.Write(1e-5f);
        Key("tokenizer.ggml.model", Text);
        String("gpt2");
        Key("tokenizer.ggml.pre", Text);
        String(rules);
        Strings("tokenizer.ggml.tokens", tokens);
        Key("tokenizer.ggml.token_type", List);
        writer.Write(5u);
        writer.Write((ulong)tokens.Length);
        for (int id = 0; id < tokens.Length; id++)
        {
            writer.Write(id == tokens.Length - 1 ? 3 : 1);
        }

        Strings("tokenizer.ggml.merges", merges);
        Number("tokenizer.ggml.bos_token_id", (uint)tokens.Length - 1);
        Number("tokenizer.ggml.eos_token_id", (uint)tokens.Length - 1);
        Key("tokenizer.ggml.add_bos_token", 7);
        writer.Write((byte)0);
        ulong offset = 0;
        foreach (var (name, shape) in sizes)
        {
            String(name);
            writer.Write((uint)shape.Length);
            foreach (int size in shape.Reverse())
            {
                writer.Write((ulong)size);
            }

            writer.Write(0u);
            writer.Write(offset);
            offset += (ulong)shape.Aggregate(4, (product, size) => product * size);
        }

        writer.Write(new byte[(32 - (writer.BaseStream.Position % 32)) % 32]);
        writer.Write(new byte[offset]);

        void Key(string key, uint type)
        {
            String(key);
            writer.Write(type);
        }

        void Number(string key, uint value)
        {
            Key(key, 4);
            writer.Write(value);
        }

        void Strings(string key, string[] values)
        {
            Key(key, List);
            writer.Write((uint)Text);
            writer.Write((ulong)values.Length);
            foreach (string value in values)
            {
                String(value);
            }
        }

        void String(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            writer.Write((ulong)bytes.Length);
            writer.Write(bytes);
        }
    }
}
