namespace Sparsum.Transformers.Checkpoints.Gguf;

/// <summary>The checked header of a GGUF file: metadata, and where each tensor lies.</summary>
internal sealed class GgufHeader
{
    /// <summary>The first four bytes, <c>GGUF</c>, as a little-endian number.</summary>
    public const uint Magic = 0x4655_4747;

    /// <summary>The version that is written.</summary>
    public const uint Version = 3;

    /// <summary>Where tensors lie unless the file says otherwise: at multiples of this.</summary>
    public const int DefaultAlignment = 32;

    /// <summary>The key of another alignment.</summary>
    public const string AlignmentKey = "general.alignment";

    private const int LongestName = 1 << 16;
    private const int MostDimensions = 4;
    private const int DeepestArray = 2;

    private readonly List<(GgufTensor Tensor, long Offset)> tensors = [];
    private readonly GgufInput input;
    private readonly string file;

    private GgufHeader(ByteSource source, string file)
    {
        this.file = file;
        input = new GgufInput(source, file);
        Metadata = new GgufMetadata(file);
        int tensorCount = ReadStart(out int valueCount);
        for (int i = 0; i < valueCount; i++)
        {
            string key = Name($"the key of metadata entry {i}");
            var type = ValueType(input.UInt32($"the type of {key}"), key);
            if (!Metadata.TryAdd(key, type, Value(type, key, depth: 0)))
            {
                throw GgufException.Malformed(file, $"the key {key} occurs twice.");
            }
        }

        for (int i = 0; i < tensorCount; i++)
        {
            tensors.Add(ReadTensor($"tensor {i}"));
        }

        int alignment = Metadata.Integer(AlignmentKey) ?? DefaultAlignment;
        if (alignment <= 0 || !int.IsPow2(alignment) || alignment > 1 << 20)
        {
            throw GgufException.Malformed(file, "its alignment makes no sense.", $"{alignment}", "a power of two");
        }

        DataStart = AlignUp(input.Position, alignment);
        CheckPlaces(source.Length - DataStart, alignment);
    }

    /// <summary>The key-value pairs.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>The tensors in their order, each with its place after <see cref="DataStart"/>.</summary>
    public IReadOnlyList<(GgufTensor Tensor, long Offset)> Tensors => tensors;

    /// <summary>Where in the file the tensors begin.</summary>
    public long DataStart { get; }

    /// <summary>Reads and checks a header.</summary>
    /// <exception cref="GgufException">The file breaks a rule of the format or has a tensor of a type that is not supported.</exception>
    public static GgufHeader Read(ByteSource source, string file) => new(source, file);

    /// <summary>The next multiple of a power of two.</summary>
    public static long AlignUp(long position, int alignment) => (position + alignment - 1) & -alignment;

    private int ReadStart(out int valueCount)
    {
        uint magic = input.UInt32("its first bytes");
        if (magic != Magic)
        {
            throw GgufException.Malformed(file, "it does not begin as one.", $"{magic:x8}", "the letters GGUF");
        }

        uint version = input.UInt32("its version");
        if (version is not (2 or Version))
        {
            bool isSwapped = (version & 0xFFFF) == 0 && version != 0;
            throw new GgufException("unsupported-gguf-version", $"'{file}' is a GGUF file of a kind that is not read.")
            {
                File = file,
                Found = isSwapped ? "a file for big-endian machines" : $"version {version}",
                Expected = "version 2 or 3, little endian",
                Hint = "Make the file anew with a current converter.",
            };
        }

        // A tensor takes at least a name length, a count of dimensions, a type and an offset; an entry a key length, a type and a byte.
        int tensorCount = input.Count(24, "the number of tensors");
        valueCount = input.Count(13, "the number of metadata entries");
        return tensorCount;
    }

    private string Name(string what)
    {
        string name = input.String(what);
        return name.Length is > 0 and <= LongestName
            ? name
            : throw GgufException.Malformed(file, $"{what} is empty or too long.", $"{name.Length} characters", $"1 to {LongestName}");
    }

    private GgufValueType ValueType(uint type, string key) => Enum.IsDefined((GgufValueType)type)
        ? (GgufValueType)type
        : throw GgufException.Malformed(file, $"the value of {key} is of an unknown type.", $"{type}", "0 to 12");

    private object Value(GgufValueType type, string key, int depth) => type switch
    {
        GgufValueType.UInt8 => (long)input.Byte(key),
        GgufValueType.Int8 => (long)(sbyte)input.Byte(key),
        GgufValueType.UInt16 => (long)input.UInt16(key),
        GgufValueType.Int16 => (long)(short)input.UInt16(key),
        GgufValueType.UInt32 => (long)input.UInt32(key),
        GgufValueType.Int32 => (long)(int)input.UInt32(key),
        GgufValueType.Float32 => BitConverter.UInt32BitsToSingle(input.UInt32(key)),
        GgufValueType.Bool => input.Byte(key) is var flag and <= 1 ? flag == 1 : throw GgufException.Malformed(file, $"{key} is neither true nor false."),
        GgufValueType.String => input.String(key),
        GgufValueType.UInt64 => input.UInt64(key),
        GgufValueType.Int64 => (long)input.UInt64(key),
        GgufValueType.Float64 => BitConverter.UInt64BitsToDouble(input.UInt64(key)),
        _ => List(key, depth + 1),
    };

    private Array List(string key, int depth)
    {
        if (depth > DeepestArray)
        {
            throw GgufException.Malformed(file, $"the lists of {key} lie too deep in each other.", $"{depth} levels", $"at most {DeepestArray}");
        }

        var type = ValueType(input.UInt32($"the type of {key}"), key);
        int bytes = type switch
        {
            GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
            GgufValueType.UInt16 or GgufValueType.Int16 => 2,
            GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
            GgufValueType.Array => 12,
            _ => 8,
        };
        int count = input.Count(bytes, $"the number of values of {key}");
        return type switch
        {
            GgufValueType.String => Fill<string>(),
            GgufValueType.Float32 => Fill<float>(),
            GgufValueType.Float64 => Fill<double>(),
            GgufValueType.Bool => Fill<bool>(),
            GgufValueType.UInt64 => Fill<ulong>(),
            GgufValueType.Array => Fill<Array>(),
            _ => Fill<long>(),
        };

        T[] Fill<T>()
        {
            var values = new T[count];
            for (int i = 0; i < count; i++)
            {
                values[i] = (T)Value(type, key, depth);
            }

            return values;
        }
    }

    private (GgufTensor Tensor, long Offset) ReadTensor(string what)
    {
        string name = Name($"the name of {what}");
        what = $"tensor '{name}'";
        uint rank = input.UInt32($"the number of dimensions of {what}");
        if (rank is 0 or > MostDimensions)
        {
            throw GgufException.Malformed(file, $"{what} has no possible number of dimensions.", $"{rank}", $"1 to {MostDimensions}");
        }

        var shape = new int[rank];
        for (int i = (int)rank - 1; i >= 0; i--)
        {
            ulong size = input.UInt64($"the size of {what}");
            shape[i] = size is > 0 and <= int.MaxValue
                ? (int)size
                : throw GgufException.Malformed(file, $"{what} has a dimension of no possible size.", $"{size}", $"1 to {int.MaxValue}");
        }

        uint number = input.UInt32($"the type of {what}");
        var type = (GgufTensorType)number;
        if (!Enum.IsDefined(type))
        {
            throw new GgufException("unsupported-gguf-type", $"{what} of '{file}' is of a type that is not read.")
            {
                File = file,
                Found = GgufTensorTypes.NameOf(number),
                Expected = $"one of {GgufTensorTypes.AllNames}",
                Hint = "Take the model in another quantisation.",
            };
        }

        if (shape[^1] % type.BlockElements() != 0)
        {
            throw GgufException.Malformed(
                file, $"the rows of {what} are no whole blocks of {type}.", $"{shape[^1]} elements", $"a multiple of {type.BlockElements()}");
        }

        ulong offset = input.UInt64($"the place of {what}");
        return offset <= long.MaxValue
            ? (new GgufTensor(name, type, shape), (long)offset)
            : throw GgufException.Malformed(file, $"{what} lies beyond the end of the file.", $"{offset}");
    }

    private void CheckPlaces(long length, int alignment)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (tensor, offset) in tensors)
        {
            if (!names.Add(tensor.Name))
            {
                throw GgufException.Malformed(file, $"two tensors are named '{tensor.Name}'.");
            }

            if (offset % alignment != 0)
            {
                throw GgufException.Malformed(
                    file, $"tensor '{tensor.Name}' does not lie where tensors begin.", $"offset {offset}", $"a multiple of {alignment}");
            }

            if (!TryEnd(tensor, offset, out long end) || end > length)
            {
                throw GgufException.Malformed(
                    file, $"tensor '{tensor.Name}' reaches beyond the end of the file.", $"offset {offset} of {length} bytes");
            }
        }

        (GgufTensor Tensor, long Offset) last = default;
        foreach (var place in tensors.OrderBy(place => place.Offset))
        {
            if (last.Tensor is { } before && place.Offset < last.Offset + before.ByteCount)
            {
                throw GgufException.Malformed(file, $"tensors '{before.Name}' and '{place.Tensor.Name}' overlap.");
            }

            last = place;
        }
    }

    private static bool TryEnd(GgufTensor tensor, long offset, out long end)
    {
        try
        {
            long rows = tensor.Shape.SkipLast(1).Aggregate(1L, (product, dimension) => checked(product * dimension));
            end = checked(offset + checked(rows * tensor.RowBytes));
            return true;
        }
        catch (OverflowException)
        {
            end = 0;
            return false;
        }
    }
}
