using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Models.Families;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>The spellings under which a tensor may be stored.</summary>
public class CheckpointBindingTests
{
    [Theory]
    [InlineData("model.embed.LayerNorm.weight", "model.embed.LayerNorm.weight")]
    [InlineData("model.embed.LayerNorm.weight", "embed.LayerNorm.weight")]
    [InlineData("model.embed.LayerNorm.weight", "model.embed.LayerNorm.gamma")]
    [InlineData("model.embed.LayerNorm.bias", "embed.LayerNorm.beta")]
    [InlineData("tied.weight", "other.weight")]
    public void A_parameter_is_found_under_every_spelling(string name, string stored)
    {
        var parameter = new Parameter(name, 3, 2) { Source = new ParameterSource(name) { Aliases = ["other.weight"] } };
        Assert.Equal(stored, Bind(parameter, stored).StoredName(parameter));
    }

    [Fact]
    public void Its_own_name_comes_before_an_alias()
    {
        var parameter = new Parameter("tied.weight", 3, 2) { Source = new ParameterSource("tied.weight") { Aliases = ["other.weight"] } };
        var binding = Bind(parameter, "other.weight", "tied.weight");
        Assert.Equal("tied.weight", binding.StoredName(parameter));
        Assert.Empty(binding.Unused);
    }

    private static CheckpointBinding Bind(Parameter embedding, params string[] stored)
    {
        var model = new CausalLanguageModel
        {
            TokenEmbedding = embedding,
            Blocks = [],
            Head = new Linear(embedding),
            HiddenSize = 2,
            MaxPositions = 1,
        };
        return new CheckpointBinding(model, new LlamaArchitecture(), new Names(stored), "folder");
    }

    private sealed class Names(string[] names) : ICheckpoint
    {
        public IReadOnlyDictionary<string, TensorInfo> Tensors { get; } =
            names.ToDictionary(name => name, name => new TensorInfo(name, TensorDataType.F32, [3, 2]));

        public string FileOf(string name) => throw new NotSupportedException();

        public void Read(string name, Span<float> destination) => throw new NotSupportedException();

        public void ReadRows(string name, int start, int count, Span<float> destination) => throw new NotSupportedException();

        public long[] ReadIntegers(string name) => throw new NotSupportedException();

        public void CopyBytes(string name, Stream destination) => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }
}
