using System.Runtime.InteropServices;

namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>
/// Runs the few pickle instructions (Python's <c>pickletools</c>, protocols 2 to 5) that descriptions of tensors are made of. It can make
/// plain data and the values of <see cref="TorchGlobals"/>, and nothing else; memory is bounded whatever the length of the pickle, which may be
/// compressed a thousandfold.
/// </summary>
internal sealed class Unpickler(PickleInput input, string file)
{
    private const int MaxValues = 2_000_000;
    private const int MaxTextBytes = 64 << 20;
    private const int MaxNesting = 1_000;
    private const int HighestProtocol = 5;

    private readonly TorchGlobals globals = new(file);
    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = new();
    private readonly Dictionary<int, object?> memo = [];
    private int values;
    private long textBytes;

    /// <summary>The storages that were named, by their keys.</summary>
    public IReadOnlyDictionary<string, TorchStorage> Storages => globals.Storages;

    /// <summary>Reads one pickle and leaves the input behind it.</summary>
    /// <exception cref="Checkpoints.TorchCheckpointException">It is damaged, too large, or more than a description of tensors.</exception>
    public object? Read()
    {
        for (var opcode = (PickleOpcode)input.ReadByte(); opcode != PickleOpcode.Stop; opcode = (PickleOpcode)input.ReadByte())
        {
            Run(opcode);
        }

        return Pop();
    }

    private void Run(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Protocol:
                ReadProtocol();
                break;
            case PickleOpcode.Frame:
                // Frames only tell a reader how much to read ahead.
                input.ReadInt64();
                break;
            case PickleOpcode.Mark:
                PushMark();
                break;
            case PickleOpcode.Pop:
                Pop();
                break;
            case PickleOpcode.PopMark:
                PopToMark();
                break;
            case PickleOpcode.None:
                Push(null);
                break;
            case PickleOpcode.True:
                Push(true);
                break;
            case PickleOpcode.False:
                Push(false);
                break;
            case PickleOpcode.Int8:
                Push((long)input.ReadByte());
                break;
            case PickleOpcode.Int16:
                Push((long)input.ReadUInt16());
                break;
            case PickleOpcode.Int32:
                Push((long)input.ReadInt32());
                break;
            case PickleOpcode.Long1:
                Push(input.ReadInteger(input.ReadByte()));
                break;
            case PickleOpcode.Double:
                Push(input.ReadBigEndianDouble());
                break;
            case PickleOpcode.ShortString or PickleOpcode.ShortText:
                PushText(input.ReadByte());
                break;
            case PickleOpcode.String or PickleOpcode.Text:
                PushText(input.ReadInt32());
                break;
            case PickleOpcode.LongText:
                PushText(input.ReadInt64());
                break;
            case PickleOpcode.EmptyTuple:
                Push(PickleTuple.Empty);
                break;
            case PickleOpcode.Tuple1:
                PushTuple(1);
                break;
            case PickleOpcode.Tuple2:
                PushTuple(2);
                break;
            case PickleOpcode.Tuple3:
                PushTuple(3);
                break;
            case PickleOpcode.Tuple:
                Push(new PickleTuple(PopToMark()));
                break;
            case PickleOpcode.EmptyList:
                Push(new PickleList([]));
                break;
            case PickleOpcode.List:
                Push(new PickleList([.. PopToMark()]));
                break;
            case PickleOpcode.Append:
                Append([Pop()]);
                break;
            case PickleOpcode.Appends:
                Append(PopToMark());
                break;
            case PickleOpcode.EmptyDictionary:
                Push(new PickleDictionary([]));
                break;
            case PickleOpcode.Dictionary:
                var items = PopToMark();
                Push(new PickleDictionary([]));
                SetItems(items);
                break;
            case PickleOpcode.SetItem:
                var value = Pop();
                SetItems([Pop(), value]);
                break;
            case PickleOpcode.SetItems:
                SetItems(PopToMark());
                break;
            case PickleOpcode.Put8:
                Remember(input.ReadByte());
                break;
            case PickleOpcode.Put32:
                Remember(input.ReadInt32());
                break;
            case PickleOpcode.Memoize:
                Remember(memo.Count);
                break;
            case PickleOpcode.Get8:
                Push(Recall(input.ReadByte()));
                break;
            case PickleOpcode.Get32:
                Push(Recall(input.ReadInt32()));
                break;
            case PickleOpcode.Global:
                string module = input.ReadLine();
                Push(globals.Find(module, input.ReadLine()));
                break;
            case PickleOpcode.StackGlobal:
                PushStackGlobal();
                break;
            case PickleOpcode.PersistentId:
                Push(globals.FindStorage(Pop()));
                break;
            case PickleOpcode.Reduce:
                var arguments = Pop();
                Push(globals.Call(Pop(), arguments));
                break;
            case PickleOpcode.Build:
                IgnoreState();
                break;
            default:
                string found = $"0x{(byte)opcode:X2} at {input.Position - 1}";
                throw PickleErrors.Structure(file, "an instruction", found, "one that builds tensors");
        }
    }

    private void ReadProtocol()
    {
        int protocol = input.ReadByte();
        if (protocol > HighestProtocol)
        {
            throw PickleErrors.Structure(file, "a protocol", $"{protocol}", $"at most {HighestProtocol}");
        }
    }

    private void PushMark()
    {
        if (marks.Count == MaxNesting)
        {
            throw PickleErrors.Limit(file, "nesting", "more", $"at most {MaxNesting} levels");
        }

        marks.Push(stack.Count);
    }

    private void Push(object? value)
    {
        Count();
        stack.Add(value);
    }

    private void PushText(long length)
    {
        string text = input.ReadText(length);
        textBytes += length;
        if (textBytes > MaxTextBytes)
        {
            throw PickleErrors.Limit(file, "an amount of text", "more", $"at most {MaxTextBytes} bytes");
        }

        Push(text);
    }

    // A place in the memo takes memory like a value, and an instruction of one byte makes it.
    private void Remember(int index)
    {
        Count();
        memo[index] = Peek();
    }

    private void Count()
    {
        if (++values > MaxValues)
        {
            throw PickleErrors.Limit(file, "a number of values", "more", $"at most {MaxValues}");
        }
    }

    private void PushTuple(int length)
    {
        object?[] items = new object?[length];
        for (int i = length - 1; i >= 0; i--)
        {
            items[i] = Pop();
        }

        Push(new PickleTuple(items));
    }

    private void PushStackGlobal()
    {
        if (Pop() is not string name || Pop() is not string module)
        {
            throw PickleErrors.Structure(file, "a global", "no name", "two strings");
        }

        Push(globals.Find(module, name));
    }

    private object? Peek() => stack.Count > Floor ? stack[^1] : throw Underflow();

    private object? Pop()
    {
        var value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object?[] PopToMark()
    {
        if (!marks.TryPop(out int mark))
        {
            throw Underflow();
        }

        object?[] items = CollectionsMarshal.AsSpan(stack)[mark..].ToArray();
        stack.RemoveRange(mark, stack.Count - mark);
        return items;
    }

    private object? Recall(int index) => memo.TryGetValue(index, out var value)
        ? value
        : throw PickleErrors.Structure(file, "a reference", $"memo entry {index}", "an earlier value");

    private void Append(object?[] items)
    {
        if (Peek() is not PickleList list)
        {
            throw PickleErrors.Structure(file, "an append", "another value", "a list");
        }

        list.Items.AddRange(items);
    }

    private void SetItems(object?[] items)
    {
        if (Peek() is not PickleDictionary dictionary || items.Length % 2 != 0)
        {
            throw PickleErrors.Structure(file, "an assignment", "another value", "a dictionary and pairs");
        }

        for (int i = 0; i < items.Length; i += 2)
        {
            dictionary.Items.Add(new(items[i], items[i + 1]));
        }
    }

    /// <summary>Attributes of a dictionary, such as the module versions of a state dictionary, say nothing about tensors.</summary>
    private void IgnoreState()
    {
        var state = Pop();
        if (state is not PickleDictionary || Peek() is not PickleDictionary)
        {
            throw PickleErrors.Structure(file, "attributes", "of another object", "attributes of a dictionary");
        }
    }

    // Instructions may not reach below the last mark.
    private int Floor => marks.TryPeek(out int mark) ? mark : 0;

    private Checkpoints.TorchCheckpointException Underflow() =>
        PickleErrors.Structure(file, "an instruction", "too few values", "a value for each instruction");
}
