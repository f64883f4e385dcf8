using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>Containers that other programs wrote, compared with the plain float32 file of the same model.</summary>
public sealed class OracleContainerTests
{
    [SharedTheory("oracle/formats")]
    [InlineData("llama_gqa_sharded", "llama_gqa", typeof(ShardedCheckpoint))]
    [InlineData("bert_cls_bin", "bert_cls", typeof(TorchCheckpoint))]
    public void OtherContainersHoldTheSameTensors(string format, string model, Type type)
    {
        using var actual = Checkpoint.Open(SharedFiles.Path("oracle", "formats", format));
        using var expected = Checkpoint.Open(SharedFiles.Path("oracle", "models", model));
        Assert.IsType(type, actual);
        Assert.NotEmpty(actual.Tensors);
        Assert.Equal(expected.Tensors.Keys.Order(), actual.Tensors.Keys.Order());
        foreach (var info in expected.Tensors.Values)
        {
            Assert.Equal(info.Shape, actual.Tensors[info.Name].Shape);
            Assert.Equal(Bytes(expected, info.Name), Bytes(actual, info.Name));
            Assert.Equal(Values(expected, info.Name), Values(actual, info.Name));
        }
    }

    [SharedTheory("oracle/formats")]
    [InlineData("llama_gqa_bf16", "llama_gqa", TensorDataType.BF16)]
    [InlineData("opt_125m_style_f16", "opt_125m_style", TensorDataType.F16)]
    public void RoundingToHalfPrecisionGivesTheBytesThatOthersWrote(string format, string model, TensorDataType type)
    {
        using var expected = Checkpoint.Open(SharedFiles.Path("oracle", "formats", format));
        using var source = Checkpoint.Open(SharedFiles.Path("oracle", "models", model));
        using var folder = new TemporaryFolder();
        string path = folder["model.safetensors"];
        var layout = new SafetensorsLayout([.. expected.Tensors.Values]);
        using (var writer = SafetensorsWriter.Create(path, layout))
        {
            foreach (var info in expected.Tensors.Values)
            {
                Assert.Equal(type, info.DataType);
                writer.Write(info.Name, Values(source, info.Name));
            }

            writer.Complete();
        }

        using var actual = Checkpoint.Open(path);
        foreach (string name in expected.Tensors.Keys)
        {
            Assert.Equal(Bytes(expected, name), Bytes(actual, name));
        }
    }

    [SharedTheory("oracle/formats")]
    [InlineData("gpt2_hub_keys", "gpt2", "", "transformer.")]
    [InlineData("bert_mlm_legacy_names", "bert_mlm", "bert.", "bert.")]
    public void OtherNamesHoldTheSameValues(string format, string model, string prefix, string modelPrefix)
    {
        using var actual = Checkpoint.Open(SharedFiles.Path("oracle", "formats", format));
        using var expected = Checkpoint.Open(SharedFiles.Path("oracle", "models", model));
        int compared = 0;
        foreach (var info in expected.Tensors.Values)
        {
            string name = prefix + info.Name[(info.Name.StartsWith(modelPrefix) ? modelPrefix.Length : 0)..];
            if (actual.Tensors.ContainsKey(name))
            {
                Assert.Equal(Bytes(expected, info.Name), Bytes(actual, name));
                compared++;
            }
        }

        Assert.InRange(compared, 20, expected.Tensors.Count);
    }

    [SharedFact("oracle/models/bert_cls")]
    public void TokenIdsAreIntegers()
    {
        using var file = SafetensorsFile.Open(SharedFiles.Path("oracle", "models", "bert_cls", "reference.safetensors"));
        Assert.Equal([3, 14], file.Tensors["input_ids"].Shape);
        long[] mask = file.ReadIntegers("attention_mask");
        Assert.Equal(14 + 9 + 6, mask.Sum());
    }

    [SharedFact("oracle/models/llama_gqa")]
    public void WritingAFileAgainGivesTheSameTensors()
    {
        string source = SharedFiles.Path("oracle", "models", "llama_gqa", "model.safetensors");
        using var folder = new TemporaryFolder();
        string copy = folder["model.safetensors"];
        using var original = SafetensorsFile.Open(source);
        using (var writer = SafetensorsWriter.Create(copy, new SafetensorsLayout([.. original.Tensors.Values])))
        {
            foreach (string name in original.Tensors.Keys)
            {
                writer.CopyFrom(original, name);
            }

            writer.Complete();
        }

        // The reference library writes the same header: names in the order of the bytes, padded with spaces.
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(copy));
    }

    private static float[] Values(ICheckpoint checkpoint, string name)
    {
        float[] values = new float[checkpoint.Tensors[name].ElementCount];
        checkpoint.Read(name, values);
        return values;
    }

    private static byte[] Bytes(ICheckpoint checkpoint, string name)
    {
        var stream = new MemoryStream();
        checkpoint.CopyBytes(name, stream);
        return stream.ToArray();
    }
}
