using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;
using Sparsum.Core;

namespace Sparsum.Evaluation.Texts;

/// <summary>A Parquet file, read one row group at a time. The product reads strings, numbers, truth values and lists of them.</summary>
internal sealed class ParquetTable : IDisposable
{
    /// <summary>A column of one value over and over is short; what is more than this is damage.</summary>
    private const long ValuesPerByte = 1000;
    private const long LeastValues = 1_000_000;

    private readonly string path;
    private readonly long mostValues;
    private readonly ParquetReader reader;
    private readonly List<DataField> fields;

    private ParquetTable(string path, long length, ParquetReader reader)
    {
        this.path = path;
        mostValues = (ValuesPerByte * length) + LeastValues;
        this.reader = reader;
        fields = [.. reader.Schema.GetDataFields().Where(field => field.MaxRepetitionLevel <= 1)];
    }

    /// <summary>Opens a file.</summary>
    /// <exception cref="InvalidInputException">The file is missing or damaged.</exception>
    public static ParquetTable Open(string path) =>
        Guard(path, () =>
        {
            var file = new BudgetStream(File.OpenRead(path));
            try
            {
                return new ParquetTable(path, file.Length, ParquetReader.CreateAsync(file, leaveStreamOpen: false).GetAwaiter().GetResult());
            }
            catch
            {
                file.Dispose();
                throw;
            }
        });

    /// <summary>The names of the columns, those of nested ones as <c>choices.text</c>.</summary>
    public IReadOnlyList<string> Columns => [.. fields.Select(NameOf)];

    /// <summary>One column of strings, row by row; a null where there is none.</summary>
    public IEnumerable<string?> Strings(string column)
    {
        var field = fields.First(field => field.MaxRepetitionLevel == 0 && NameOf(field) == column);
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            int index = group;
            foreach (var value in Guard(path, () => Read(index, field).Values))
            {
                yield return value?.GetValueKind() == System.Text.Json.JsonValueKind.String ? value.GetValue<string>() : null;
            }
        }
    }

    /// <summary>The rows as objects, lists as arrays in them.</summary>
    public IEnumerable<JsonObject> Rows()
    {
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            int index = group;
            foreach (var row in Guard(path, () => ReadRows(index)))
            {
                yield return row;
            }
        }
    }

    public void Dispose() => reader.DisposeAsync().AsTask().GetAwaiter().GetResult();

    // The levels that Parquet puts between a list and its elements are no part of the name.
    private static string[] Keys(DataField field) => field.MaxRepetitionLevel == 0
        ? [.. field.Path.ToList()]
        : [.. field.Path.ToList().Take(Math.Max(1, field.Path.Length - 2))];

    private static string NameOf(DataField field) => string.Join('.', Keys(field));

    private JsonObject[] ReadRows(int group)
    {
        using var rowGroup = reader.OpenRowGroupReader(group);
        var rows = Enumerable.Range(0, Count(rowGroup.RowCount)).Select(_ => new JsonObject()).ToArray();
        foreach (var field in fields)
        {
            var (values, starts) = Read(group, field);
            string[] keys = Keys(field);
            int row = -1;
            for (int i = 0; i < values.Length; i++)
            {
                bool isNew = starts is null || starts[i] == 0;
                row += isNew ? 1 : 0;
                var parent = keys.SkipLast(1).Aggregate(rows[row], (node, key) => (JsonObject)(node[key] ??= new JsonObject()));
                if (starts is null)
                {
                    parent[keys[^1]] = values[i];
                }
                else
                {
                    var list = isNew ? [] : (JsonArray)parent[keys[^1]]!;
                    parent[keys[^1]] = isNew ? list : parent[keys[^1]];
                    if (values[i] is { } value)
                    {
                        list.Add((JsonNode)value);
                    }
                }
            }
        }

        return rows;
    }

    /// <summary>The values of a field and, of a list, 0 where a row's list begins and 1 where it goes on.</summary>
    private (JsonValue?[] Values, int[]? Starts) Read(int group, DataField field)
    {
        using var rowGroup = reader.OpenRowGroupReader(group);
        int count = Count(rowGroup.GetMetadata(field)!.MetaData!.NumValues);
        int[]? starts = field.MaxRepetitionLevel == 0 ? null : new int[count];
        Memory<int>? levels = starts is null ? default(Memory<int>?) : starts.AsMemory();
        JsonValue?[] items = field.ClrType switch
        {
            var type when type == typeof(long) => ReadNumbers<long>(value => JsonValue.Create(value)),
            var type when type == typeof(int) => ReadNumbers<int>(value => JsonValue.Create(value)),
            var type when type == typeof(bool) => ReadNumbers<bool>(value => JsonValue.Create(value)),
            var type when type == typeof(float) => ReadNumbers<float>(value => JsonValue.Create(value)),
            var type when type == typeof(double) => ReadNumbers<double>(value => JsonValue.Create(value)),
            var type when type == typeof(string) || type == typeof(ReadOnlyMemory<char>) => ReadStrings(),
            _ => new JsonValue?[count],
        };
        return (items, starts);

        JsonValue?[] ReadStrings()
        {
            if (starts is not null)
            {
                // Of lists the values that are there come without those that are not.
                var values = new ReadOnlyMemory<char>[count];
                int[] definitions = new int[count];
                rowGroup.ReadRawAsync<ReadOnlyMemory<char>>(field, values.AsMemory(), definitions.AsMemory(), levels).AsTask().GetAwaiter().GetResult();
                int next = 0;
                var list = new JsonValue?[count];
                for (int i = 0; i < count; i++)
                {
                    bool isThere = definitions[i] == field.MaxDefinitionLevel;
                    list[i] = isThere ? JsonValue.Create(values[next++].ToString()) : null;
                }

                return list;
            }

            string?[] strings = new string?[count];
            rowGroup.ReadAsync(field, strings.AsMemory()!, levels).AsTask().GetAwaiter().GetResult();
            return [.. strings.Select(text => text is null ? null : JsonValue.Create(text))];
        }

        JsonValue?[] ReadNumbers<T>(Func<T, JsonValue?> convert)
            where T : struct
        {
            if (field.IsNullable)
            {
                var optional = new T?[count];
                rowGroup.ReadAsync<T>(field, optional.AsMemory(), levels).AsTask().GetAwaiter().GetResult();
                return [.. optional.Select(value => value is { } some ? convert(some) : null)];
            }

            var numbers = new T[count];
            rowGroup.ReadAsync<T>(field, numbers.AsMemory(), levels).AsTask().GetAwaiter().GetResult();
            return [.. numbers.Select(convert)];
        }
    }

    /// <summary>A number of rows or values that a file of this size can have.</summary>
    private int Count(long stated) => stated >= 0 && stated <= mostValues
        ? checked((int)stated)
        : throw new InvalidDataException(FormattableString.Invariant($"it says that it has {stated} values"));

    // The reader throws whatever a damaged file leads it to.
    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is not (SparsumException or OperationCanceledException))
        {
            throw new InvalidInputException("malformed-parquet", $"'{path}' is no Parquet file that can be read: {exception.Message}", exception)
            {
                File = path,
                Hint = "Fetch the file again, or write it anew as Parquet or JSON lines.",
            };
        }
    }
}
