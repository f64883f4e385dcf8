using System.IO.Compression;
using System.Text;
using Sparsum.Testing;
using Sparsum.Transformers.Checkpoints;
using Xunit;

namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>Pickles that try to do more than describe tensors. Memory is measured of the whole process, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(UnpicklerTests), DisableParallelization = true)]
[Collection(nameof(UnpicklerTests))]
public sealed class UnpicklerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "getattr")]
    [InlineData("subprocess", "Popen")]
    [InlineData("torch", "load")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("torch", "FloatStorage.__class__")]
    [InlineData("numpy.core.multiarray", "_reconstruct")]
    public void OtherGlobalsAreNamedAndRefused(string module, string name)
    {
        byte[] attack = new PickleBuilder().Global(module, name).Op('(').Text("echo").Op('t').Op('R').ToArray();
        var error = Refuse(attack);
        Assert.Equal("pickle-global", error.Code);
        Assert.Equal($"{module}.{name}", error.Found);

        byte[] stackGlobal = new PickleBuilder().Text(module).Text(name).Op(0x93).ToArray();
        Assert.Equal("pickle-global", Refuse(stackGlobal).Code);
    }

    [Theory]
    [InlineData('i')]
    [InlineData('o')]
    [InlineData('\u0081')]
    [InlineData('\u0082')]
    [InlineData('\u0092')]
    [InlineData('\u0097')]
    [InlineData('P')]
    [InlineData('\u008b')]
    public void InstructionsThatBuildObjectsAreRefused(char opcode)
    {
        byte[] attack = new PickleBuilder().Global("collections", "OrderedDict").Op('(').Op((byte)opcode).Op(new byte[16]).ToArray();
        Assert.Equal("pickle-structure", Refuse(attack).Code);
    }

    [Fact]
    public void OnlyFunctionsOfTheListAreCalledWithTheirArguments()
    {
        byte[][] attacks =
        [
            new PickleBuilder().Text("os.system").Op('(').Text("echo").Op('t').Op('R').ToArray(),
            new PickleBuilder().Global("torch", "FloatStorage").Op('(').Text("echo").Op('t').Op('R').ToArray(),
            new PickleBuilder().Global("collections", "OrderedDict").Op('(').Op('}').Op('t').Op('R').ToArray(),
            new PickleBuilder().Global("torch._utils", "_rebuild_tensor_v2").Op('(').Op('t').Op('R').ToArray(),
            new PickleBuilder().Global("torch._utils", "_rebuild_tensor_v2").Op('}').Op('R').ToArray(),
            new PickleBuilder().Text("module").Op('Q').ToArray(),
            new PickleBuilder().Op('(').Text("module").Op('t').Op('Q').ToArray(),
            new PickleBuilder().Global("collections", "OrderedDict").Op('}').Op('b').ToArray(),
            new PickleBuilder().Op('R').ToArray(),
            new PickleBuilder().Op('t').ToArray(),
            new PickleBuilder().Text("a").Op('(').Op('0').ToArray(),
            new PickleBuilder().Op('h').Op((byte)3).ToArray(),
            new PickleBuilder().Op('}').Op('(').Text("a").Op('u').ToArray(),
            new PickleBuilder().Text("a").Text("b").Op('a').ToArray(),
            new PickleBuilder().Op(0x80, 6).ToArray(),
        ];
        foreach (byte[] attack in attacks)
        {
            Assert.Equal("pickle-structure", Refuse(attack).Code);
        }
    }

    [Fact]
    public void DepthAndClaimedSizesAreBounded()
    {
        byte[] nested = new PickleBuilder().Op(Encoding.ASCII.GetBytes(new string('(', 100_000))).ToArray();
        Assert.Equal("pickle-limit", Refuse(nested).Code);

        // A million tuples, each in the next: legal to build, and never walked through.
        byte[] deep = new PickleBuilder().Op('N').Op([.. Enumerable.Repeat((byte)0x85, 1_000_000)]).ToArray();
        Assert.Equal("pickle-structure", Refuse(deep).Code);

        long before = GC.GetAllocatedBytesForCurrentThread();
        byte[] hugeText = new PickleBuilder().Op((byte)'X', 0xFF, 0xFF, 0xFF, 0x7F).ToArray();
        Assert.Equal("pickle-limit", Refuse(hugeText).Code);
        byte[] hugeLongText = new PickleBuilder().Op([0x8D, 0, 0, 0, 0, 0, 0, 0, 0x80]).ToArray();
        Assert.Equal("pickle-limit", Refuse(hugeLongText).Code);
        byte[] missingText = new PickleBuilder().Op((byte)'X', 0, 0, 8, 0).ToArray();
        Assert.Equal("pickle-truncated", Refuse(missingText).Code);
        byte[] hugeInteger = new PickleBuilder().Op([0x8A, 255, .. new byte[255]]).ToArray();
        Assert.Equal("pickle-limit", Refuse(hugeInteger).Code);
        byte[] hugeMemo = new PickleBuilder().Op('N').Op((byte)'r', 0xFF, 0xFF, 0xFF, 0x7F).ToArray();
        Assert.Equal("pickle-structure", Refuse(hugeMemo).Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4_000_000);
    }

    [Theory]
    [InlineData(0x94)]
    [InlineData('N')]
    [InlineData('}')]
    public void A_pickle_that_is_compressed_a_thousandfold_does_not_fill_memory(int opcode)
    {
        byte[] bomb = new PickleBuilder().Op('N').Op([.. Enumerable.Repeat((byte)opcode, 40_000_000)]).ToArray();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        Assert.Equal("pickle-limit", Refuse(bomb).Code);
        Assert.InRange(new FileInfo(folder["pytorch_model.bin"]).Length, 0, 500_000);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: false) - before, 0, 300_000_000);
    }

    [Fact]
    public void ReferencesDoNotMultiplyMemory()
    {
        // Each list holds the one before ten times: 10^60 leaves if anything walked through them.
        var bomb = new PickleBuilder().Op(']').Op((byte)'q', 0);
        for (byte level = 1; level <= 60; level++)
        {
            bomb.Op(']').Op('(');
            for (int i = 0; i < 10; i++)
            {
                bomb.Op((byte)'h', (byte)(level - 1));
            }

            bomb.Op('e').Op((byte)'q', level);
        }

        byte[] pickle = bomb.ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal("pickle-structure", Refuse(pickle).Code);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
    }

    private TorchCheckpointException Refuse(byte[] pickle)
    {
        string path = folder["pytorch_model.bin"];
        File.WriteAllBytes(path, TorchBytes.Zip(pickle, CompressionLevel.Fastest));
        return Assert.Throws<TorchCheckpointException>(() => TorchCheckpoint.Open(path));
    }
}
