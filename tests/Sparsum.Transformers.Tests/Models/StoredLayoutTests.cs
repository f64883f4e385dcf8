using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

public class StoredLayoutTests
{
    [Fact]
    public void A_transposed_part_takes_its_columns()
    {
        // Two inputs, four output features in the file; the part has features 3 and 1.
        using var stored = Tensor.From([0, 1, 2, 3, 10, 11, 12, 13], 2, 4);
        var part = new Parameter("part", 2, 2)
        {
            Source = new ParameterSource("whole") { IsTransposed = true, OutputFeatures = [3, 1], FusedOutputFeatures = 4 },
        };
        Assert.Equal([2, 4], StoredLayout.Shape(part));
        using var values = StoredLayout.Extract(part, stored);
        Assert.Equal([3, 13, 1, 11], values.ToArray());
    }

    [Fact]
    public void A_part_of_a_bias_takes_its_features()
    {
        using var stored = Tensor.From([5, 6, 7], 3);
        var part = new Parameter("part", 2) { Source = new ParameterSource("whole") { OutputFeatures = [2, 0], FusedOutputFeatures = 3 } };
        using var values = StoredLayout.Extract(part, stored);
        Assert.Equal([7, 5], values.ToArray());
    }

    [Fact]
    public void Parts_that_do_not_cover_the_tensor_are_refused()
    {
        var part = new Parameter("part", 2) { Source = new ParameterSource("whole") { OutputFeatures = [2, 0], FusedOutputFeatures = 3 } };
        part.Set(Tensor.Zeros(2));
        Assert.Throws<InvalidOperationException>(() => StoredLayout.Assemble([part]));
        part.Release();
    }

    [SharedTheory("oracle/models")]
    [MemberData(nameof(OracleModel.AllNames), MemberType = typeof(OracleModel))]
    public void Gathering_gives_back_every_stored_tensor_bit_for_bit(string name)
    {
        using var oracle = OracleModel.Open(name);
        oracle.Pretrained.LoadAll();
        foreach (string stored in oracle.Pretrained.Checkpoint.Tensors.Keys)
        {
            using var gathered = oracle.Pretrained.Gather(stored);
            Assert.Equal(oracle.Pretrained.Checkpoint.Tensors[stored].Shape, gathered.Shape.ToArray());
            Assert.Equal(OracleModel.Read(oracle.Pretrained.Checkpoint, stored), gathered.ToArray());
        }
    }
}
