namespace Sparsum.Transformers.Checkpoints.Torch;

/// <summary>
/// The closed list of what a pickle may name and call: just enough to describe tensors. Nothing is looked up by reflection; a name that is
/// not on the list is an error.
/// </summary>
internal sealed class TorchGlobals(string file)
{
    private const int MaxDimensions = 64;
    private const string RebuildTensor = "torch._utils._rebuild_tensor";
    private const string RebuildTensor2 = "torch._utils._rebuild_tensor_v2";
    private const string RebuildTensor3 = "torch._utils._rebuild_tensor_v3";
    private const string RebuildParameter = "torch._utils._rebuild_parameter";
    private const string OrderedDictionary = "collections.OrderedDict";
    private const string Size = "torch.Size";

    private readonly Dictionary<string, TorchStorage> storages = new(StringComparer.Ordinal);

    /// <summary>The storages that were named, by their keys.</summary>
    public IReadOnlyDictionary<string, TorchStorage> Storages => storages;

    /// <summary>Resolves a name.</summary>
    /// <exception cref="Checkpoints.TorchCheckpointException">It is not on the list.</exception>
    public PickleGlobal Find(string module, string name)
    {
        string full = $"{module}.{name}";
        bool isAllowed = full is RebuildTensor or RebuildTensor2 or RebuildTensor3 or RebuildParameter or OrderedDictionary or Size
            || TorchTypes.TryGetStorage(full, out _)
            || TorchTypes.TryGetElementType(full, out _);
        return isAllowed ? new PickleGlobal(full) : throw PickleErrors.Forbidden(file, full);
    }

    /// <summary>Calls a function of the list.</summary>
    /// <exception cref="Checkpoints.TorchCheckpointException">It is no function, or its arguments describe no tensor.</exception>
    public object? Call(object? callee, object? arguments)
    {
        if (callee is not PickleGlobal { Name: var name } || arguments is not PickleTuple { Items: var items })
        {
            throw PickleErrors.Structure(file, "a call", Describe(callee), "a function and a tuple of arguments");
        }

        return name switch
        {
            RebuildTensor when items.Length == 4 => Rebuild(items, null),
            RebuildTensor2 when items.Length is 6 or 7 => Rebuild(items, null),
            RebuildTensor3 when items.Length is 7 or 8 => Rebuild(items, ElementType(items[6])),
            RebuildParameter when items.Length == 3 && items[0] is TorchTensor tensor => tensor,
            OrderedDictionary when items.Length == 0 => new PickleDictionary([]),
            Size when items.Length == 1 && items[0] is PickleTuple size => size,
            _ => throw PickleErrors.Structure(file, "a call", $"{name} with {items.Length} arguments", "a call that builds a tensor"),
        };
    }

    /// <summary>Resolves a persistent id, which names a storage outside the pickle.</summary>
    /// <exception cref="Checkpoints.TorchCheckpointException">It names something else.</exception>
    public TorchStorage FindStorage(object? id)
    {
        // ("storage", class, key, device, number of elements) and, in old files, a view that newer ones no longer write.
        if (id is PickleTuple { Items: ["storage", PickleGlobal type, string key, string, long count, ..] items }
            && items.Length is 5 or 6
            && (items.Length == 5 || items[5] is null)
            && count >= 0
            && TorchTypes.TryGetStorage(type.Name, out var dataType))
        {
            var storage = new TorchStorage(dataType, key, count);
            storages.TryAdd(key, storage);
            return storages[key] == storage
                ? storages[key]
                : throw PickleErrors.Structure(file, "a storage", $"two descriptions of storage {key}", "one");
        }

        throw PickleErrors.Structure(file, "a persistent id", Describe(id), "a storage");
    }

    private TorchTensor Rebuild(object?[] items, TensorDataType? elementType)
    {
        if (items is not [TorchStorage storage, long offset, PickleTuple shape, PickleTuple strides, ..])
        {
            throw PickleErrors.Structure(file, "a tensor", Describe(items[0]), "storage, offset, size and strides");
        }

        if (shape.Items.Length > MaxDimensions || shape.Items.Length != strides.Items.Length)
        {
            throw PickleErrors.BadTensor(
                file,
                "a bad number of dimensions",
                $"{shape.Items.Length} sizes, {strides.Items.Length} strides",
                $"as many of each, at most {MaxDimensions}");
        }

        var type = elementType ?? storage.DataType
            ?? throw PickleErrors.Structure(file, "a tensor", "an untyped storage", "an element type");
        int[] sizes = Array.ConvertAll(shape.Items, item => item is long and >= 0 and <= int.MaxValue
            ? (int)(long)item
            : throw PickleErrors.BadTensor(file, "a bad dimension", Describe(item), "an integer from 0 to 2^31 - 1"));
        long[] steps = Array.ConvertAll(strides.Items, item => item is long and >= 0
            ? (long)item
            : throw PickleErrors.BadTensor(file, "a bad stride", Describe(item), "an integer from 0 on"));
        return new TorchTensor(storage, type, offset, sizes, steps);
    }

    private TensorDataType ElementType(object? item) =>
        item is PickleGlobal { Name: var name } && TorchTypes.TryGetElementType(name, out var type)
            ? type
            : throw PickleErrors.Structure(file, "a tensor", Describe(item), "an element type");

    private static string Describe(object? value) => value switch
    {
        null => "None",
        string or long or bool => $"{value}",
        PickleGlobal global => global.Name,
        PickleTuple => "a tuple",
        PickleList => "a list",
        PickleDictionary => "a dictionary",
        _ => "another value",
    };
}
