using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Checkpoints.Gguf;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;
using Xunit;
using static Sparsum.Transformers.Tests.Checkpoints.Gguf.GgufBytes;

namespace Sparsum.Transformers.Tests.Checkpoints.Gguf;

public class MalformedGgufTests
{
    private static readonly Dictionary<string, (byte[] Bytes, string Code, string Message)> Files = new()
    {
        ["empty"] = ([], "malformed-gguf", "ends within its first bytes"),
        ["wrong magic"] = (new GgufBytes { Magic = "GGML"u8.ToArray() }.ToArray(), "malformed-gguf", "does not begin as one"),
        ["version 1"] = (new GgufBytes { Version = 1 }.ToArray(), "unsupported-gguf-version", "a kind that is not read"),
        ["version 4"] = (new GgufBytes { Version = 4 }.ToArray(), "unsupported-gguf-version", "a kind that is not read"),
        ["big endian"] = (new GgufBytes { Version = 0x0300_0000 }.ToArray(), "unsupported-gguf-version", "a kind that is not read"),
        ["huge tensor count"] = (new GgufBytes { TensorCount = ulong.MaxValue }.ToArray(), "malformed-gguf", "number of tensors"),
        ["huge entry count"] = (new GgufBytes { ValueCount = 1ul << 62 }.ToArray(), "malformed-gguf", "number of metadata entries"),
        ["more entries than there are"] = (new GgufBytes { ValueCount = 9, DataBytes = 0 }.Value("a", 4, Number(1u)).ToArray(), "malformed-gguf", ""),
        ["key without end"] = (new GgufBytes().Value(Number(1ul << 40), 4, Number(1u)).ToArray(), "malformed-gguf", "metadata entry 0 has no end"),
        ["text without end"] = (new GgufBytes().Value("a", 8, Number(ulong.MaxValue)).ToArray(), "malformed-gguf", "a has no end"),
        ["empty key"] = (new GgufBytes().Value("", 4, Number(1u)).ToArray(), "malformed-gguf", "is empty or too long"),
        ["key that is no text"] = (new GgufBytes().Value([.. Number(2ul), 0xC3, 0x28], 4, Number(1u)).ToArray(), "malformed-gguf", "no valid UTF-8"),
        ["doubled key"] = (new GgufBytes().Value("a", 4, Number(1u)).Value("a", 4, Number(1u)).ToArray(), "malformed-gguf", "a occurs twice"),
        ["unknown value type"] = (new GgufBytes().Value("a", 13, Number(1u)).ToArray(), "malformed-gguf", "unknown type"),
        ["truth value of 2"] = (new GgufBytes().Value("a", 7, [2]).ToArray(), "malformed-gguf", "neither true nor false"),
        ["list without end"] = (new GgufBytes().Value("a", 9, [.. Number(4u), .. Number(1ul << 61)]).ToArray(), "malformed-gguf", "number of values of a"),
        ["list of unknown type"] = (new GgufBytes().Value("a", 9, [.. Number(99u), .. Number(1ul)]).ToArray(), "malformed-gguf", "unknown type"),
        ["lists too deep"] = (new GgufBytes().Value("a", 9, Nested(3)).ToArray(), "malformed-gguf", "too deep"),
        ["lists far too deep"] = (new GgufBytes().Value("a", 9, Nested(5000)).ToArray(), "malformed-gguf", "too deep"),
        ["alignment of 0"] = (new GgufBytes().Value("general.alignment", 4, Number(0u)).ToArray(), "malformed-gguf", "alignment"),
        ["alignment of 24"] = (new GgufBytes().Value("general.alignment", 4, Number(24u)).ToArray(), "malformed-gguf", "alignment"),
        ["alignment in words"] = (new GgufBytes().Value("general.alignment", 8, Text("x")).ToArray(), "malformed-gguf", "general.alignment"),
        ["no dimensions"] = (new GgufBytes().Tensor(Text("a"), 0, [], 0, 0).ToArray(), "malformed-gguf", "number of dimensions"),
        ["five dimensions"] = (new GgufBytes().Tensor("a", [1, 1, 1, 1, 1], 0, 0).ToArray(), "malformed-gguf", "number of dimensions"),
        ["dimension of 0"] = (new GgufBytes().Tensor("a", [0], 0, 0).ToArray(), "malformed-gguf", "no possible size"),
        ["dimension of 2^63"] = (new GgufBytes().Tensor("a", [1ul << 63], 0, 0).ToArray(), "malformed-gguf", "no possible size"),
        ["sizes that overflow"] = (new GgufBytes().Tensor("a", [1 << 30, 1 << 30, 1 << 30, 1 << 30], 0, 0).ToArray(), "malformed-gguf", "beyond the end"),
        ["unknown tensor type"] = (new GgufBytes().Tensor("a", [32], 77, 0).ToArray(), "unsupported-gguf-type", "'a'"),
        ["known but unread type"] = (new GgufBytes().Tensor("a", [256], 16, 0).ToArray(), "unsupported-gguf-type", "'a'"),
        ["half a block"] = (new GgufBytes().Tensor("a", [48], 2, 0).ToArray(), "malformed-gguf", "no whole blocks of Q4_0"),
        ["tensor beyond the end"] = (new GgufBytes().Tensor("a", [64, 2], 0, 0).ToArray(), "malformed-gguf", "beyond the end"),
        ["offset beyond the end"] = (new GgufBytes().Tensor("a", [4], 0, 1 << 20).ToArray(), "malformed-gguf", "beyond the end"),
        ["offset of 2^64 - 32"] = (new GgufBytes().Tensor("a", [4], 0, ulong.MaxValue - 31).ToArray(), "malformed-gguf", "beyond the end"),
        ["offset of 2^63 - 32"] = (new GgufBytes().Tensor("a", [4], 0, (ulong)long.MaxValue - 31).ToArray(), "malformed-gguf", "beyond the end"),
        ["crooked offset"] = (new GgufBytes().Tensor("a", [4], 0, 4).ToArray(), "malformed-gguf", "does not lie where tensors begin"),
        ["overlapping tensors"] = (new GgufBytes().Tensor("a", [16], 0, 0).Tensor("b", [4], 0, 32).ToArray(), "malformed-gguf", "overlap"),
        ["doubled tensor"] = (new GgufBytes().Tensor("a", [4], 0, 0).Tensor("a", [4], 0, 32).ToArray(), "malformed-gguf", "named 'a'"),
        ["tensor without a name"] = (new GgufBytes().Tensor("", [4], 0, 0).ToArray(), "malformed-gguf", "is empty or too long"),
    };

    public static TheoryData<string> Names => [.. Files.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void AFaultIsNamed(string name)
    {
        var (bytes, code, message) = Files[name];
        using var folder = new TemporaryFolder().Write("x.gguf", bytes);
        var error = Assert.Throws<GgufException>(() => GgufFile.Open(folder["x.gguf"]).Dispose());
        Assert.Equal((code, folder["x.gguf"]), (error.Code, error.File));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheSameWithoutFaultIsRead()
    {
        using var folder = new TemporaryFolder().Write("x.gguf", GgufBytes.Sound().ToArray());
        using var file = GgufFile.Open(folder["x.gguf"]);
        Assert.Equal([2, 32], file.Find("first")!.Shape);
        Assert.Equal(["a", "b"], file.Metadata.List<string>("list")!);
        Assert.Equal("llama", file.Metadata.Architecture);
    }

    [Fact]
    public void ModelsThatAreNotSupportedAreNamed()
    {
        using var folder = new TemporaryFolder()
            .Write("none.gguf", new GgufBytes().Tensor("a", [4], 0, 0).ToArray())
            .Write("mamba.gguf", new GgufBytes().Value("general.architecture", 8, Text("mamba")).ToArray())
            .Write("bare.gguf", GgufBytes.Sound().ToArray())
            .Write("vocabulary.gguf", new GgufBytes().Value("tokenizer.ggml.model", 8, Text("bert")).ToArray())
            .Write("pre.gguf", Vocabulary("invented"))
            .Write("unnamed.gguf", Vocabulary(null));
        Assert.Contains("general.architecture", Fails<GgufException>(() => PretrainedModel.Open(folder["none.gguf"])).Expected, StringComparison.Ordinal);
        Assert.Equal("general.architecture: mamba", Fails<GgufException>(() => PretrainedModel.Open(folder["mamba.gguf"])).Found);
        Assert.Equal("token_embd.weight", Fails<GgufException>(() => PretrainedModel.Open(folder["bare.gguf"])).Expected);
        Assert.Equal("tokenizer.ggml.model: bert", Fails<TokenizerException>(() => Tokenizer.Open(folder["vocabulary.gguf"])).Found);
        Assert.Equal("tokenizer.ggml.pre: invented", Fails<TokenizerException>(() => Tokenizer.Open(folder["pre.gguf"])).Found);
        Assert.Equal("no tokenizer.ggml.pre", Fails<TokenizerException>(() => Tokenizer.Open(folder["unnamed.gguf"])).Found);
        var several = Fails<InvalidInputException>(() => PretrainedModel.Open(folder.Root));
        Assert.Equal("several-gguf-files", several.Code);
        Assert.Contains("mamba.gguf", several.Found, StringComparison.Ordinal);
    }

    [Fact]
    public void PartsOfASplitFileAreOneModel()
    {
        byte[] Part(uint number, string tensor) => new GgufBytes()
            .Value("general.architecture", 8, Text("llama"))
            .Value("split.no", 2, [(byte)number, 0])
            .Value("split.count", 2, [2, 0])
            .Value("split.tensors.count", 5, Number(2u))
            .Tensor(tensor, [4], 0, 0)
            .ToArray();
        using var folder = new TemporaryFolder().Write("x-00001-of-00002.gguf", Part(0, "a"));
        var missing = Fails<GgufException>(() => GgufFile.Open(folder["x-00001-of-00002.gguf"]));
        Assert.Equal(("missing-gguf-part", "x-00002-of-00002.gguf"), (missing.Code, missing.Expected));
        folder.Write("x-00002-of-00002.gguf", Part(1, "b"));
        using (var file = GgufFile.Open(folder["x-00002-of-00002.gguf"]))
        {
            Assert.Equal(["a", "b"], file.Tensors.Select(tensor => tensor.Name));
            Assert.Equal(folder["x-00002-of-00002.gguf"], file.FileOf("b"));
            file.ReadRows("b", 0, new float[4]);
        }

        folder.Write("x-00002-of-00002.gguf", Part(0, "b"));
        Assert.Equal("gguf-part-mismatch", Fails<GgufException>(() => GgufFile.Open(folder["x-00001-of-00002.gguf"])).Code);
        folder.Write("x-00002-of-00002.gguf", Part(1, "a"));
        Assert.Contains("another part", Fails<GgufException>(() => GgufFile.Open(folder["x-00001-of-00002.gguf"])).Message, StringComparison.Ordinal);
        folder.Write("alone.gguf", Part(0, "a"));
        Assert.Equal("gguf-part-mismatch", Fails<GgufException>(() => GgufFile.Open(folder["alone.gguf"])).Code);
    }

    [Fact]
    public void ChangedBytesAreReadOrRefusedButNeverAnythingElse()
    {
        byte[] sound = GgufBytes.Sound().ToArray();
        var random = new Random(20);
        using var folder = new TemporaryFolder();
        int refused = 0;
        for (int round = 0; round < 3000; round++)
        {
            byte[] bytes = [.. sound];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                int place = random.Next(bytes.Length - 256);
                bytes[place] = random.Next(3) switch { 0 => 0xFF, 1 => (byte)(bytes[place] ^ (1 << random.Next(8))), _ => (byte)random.Next(256) };
            }

            folder.Write("x.gguf", round % 5 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
            try
            {
                using var file = GgufFile.Open(folder["x.gguf"]);
                foreach (var tensor in file.Tensors)
                {
                    file.ReadRows(tensor.Name, 0, new float[tensor.RowCount * tensor.RowElements]);
                }
            }
            catch (CheckpointException error)
            {
                Assert.False(string.IsNullOrEmpty(error.File));
                refused++;
            }
        }

        Assert.InRange(refused, 1500, 2999);
    }

    [SharedFact("oracle/gguf")]
    public void AChangedModelIsOpenedOrRefusedButNeverAnythingElse()
    {
        byte[] sound = File.ReadAllBytes(SharedFiles.Path("oracle", "gguf", "llama-3m-q8_0.gguf"));
        var random = new Random(21);
        using var folder = new TemporaryFolder();
        int refused = 0;
        for (int round = 0; round < 60; round++)
        {
            byte[] bytes = [.. sound];
            for (int change = 0; change < 4; change++)
            {
                // The first entries, then the vocabulary, then the tensors.
                int place = random.Next(3) switch { 0 => random.Next(900), 1 => random.Next(95_080), _ => random.Next(91_500, 95_080) };
                bytes[place] = (byte)random.Next(256);
            }

            folder.Write("x.gguf", bytes);
            try
            {
                using var model = PretrainedModel.Open(folder["x.gguf"]);
                model.Tokenizer.Encode("The history of the city");
            }
            catch (InvalidInputException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 20, 60);
    }

    private static TError Fails<TError>(Func<object> open)
        where TError : Exception => Assert.Throws<TError>(open);

    private static byte[] Nested(int depth) => depth == 0
        ? [.. Number(4u), .. Number(0ul)]
        : [.. Enumerable.Range(0, depth).SelectMany(_ => (byte[])[.. Number(9u), .. Number(1ul)]), .. Number(4u), .. Number(0ul)];

    private static byte[] Vocabulary(string? pre)
    {
        var file = new GgufBytes()
            .Value("general.architecture", 8, Text("llama"))
            .Value("tokenizer.ggml.model", 8, Text("gpt2"))
            .Value("tokenizer.ggml.tokens", 9, [.. Number(8u), .. Number(1ul), .. Text("a")])
            .Value("tokenizer.ggml.merges", 9, [.. Number(8u), .. Number(0ul)]);
        return (pre is null ? file : file.Value("tokenizer.ggml.pre", 8, Text(pre))).ToArray();
    }
}
