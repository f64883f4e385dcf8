using System.Buffers.Binary;
using System.Text;

namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>Writes pickles instruction by instruction, right or wrong.</summary>
internal sealed class PickleBuilder
{
    private readonly MemoryStream bytes = new();

    public PickleBuilder() => Op(0x80, 2);

    public byte[] ToArray() => [.. bytes.ToArray(), (byte)'.'];

    public PickleBuilder Op(params byte[] code)
    {
        bytes.Write(code);
        return this;
    }

    public PickleBuilder Op(char code) => Op((byte)code);

    public PickleBuilder Global(string module, string name) => Op(Encoding.UTF8.GetBytes($"c{module}\n{name}\n"));

    public PickleBuilder Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        return Op('X').Op(Int32(utf8.Length)).Op(utf8);
    }

    public PickleBuilder Integer(long value)
    {
        byte[] all = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(all, value);
        return Op(0x8A, 8).Op(all);
    }

    public PickleBuilder Integers(params long[] values)
    {
        Op('(');
        foreach (long value in values)
        {
            Integer(value);
        }

        return Op('t');
    }

    /// <summary>A dictionary of tensors: what <c>torch.save(state_dict)</c> writes.</summary>
    public PickleBuilder Dictionary(params Action<PickleBuilder>[] pairs)
    {
        Op('}').Op('(');
        foreach (var pair in pairs)
        {
            pair(this);
        }

        return Op('u');
    }

    public PickleBuilder Storage(string type, string key, long count)
    {
        int dot = type.LastIndexOf('.');
        return Op('(').Text("storage").Global(type[..dot], type[(dot + 1)..]).Text(key).Text("cpu").Integer(count).Op('t').Op('Q');
    }

    public PickleBuilder Tensor(string name, string storageType, string key, long count, long offset, long[] shape, long[] strides) =>
        Text(name).Global("torch._utils", "_rebuild_tensor_v2")
            .Op('(').Storage(storageType, key, count).Integer(offset).Integers(shape).Integers(strides)
            .Op(0x89).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');

    private static byte[] Int32(int value)
    {
        byte[] all = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(all, value);
        return all;
    }
}
