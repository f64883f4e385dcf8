using Parquet;
using Parquet.Schema;

namespace Sparsum.Evaluation.Tests.Texts;

/// <summary>Parquet files as the hub has them: optional strings, numbers, and structures of lists.</summary>
internal static class ParquetSample
{
    public static void WriteTexts(string path, string column, params string[][] groups) =>
        WriteTextsAsync(path, column, groups).GetAwaiter().GetResult();

    /// <summary>Questions as <c>ai2_arc</c> has them.</summary>
    public static void WriteArc(string path, string[] questions, string[][] choices, string[][] labels, string[] answers) =>
        WriteArcAsync(path, questions, choices, labels, answers).GetAwaiter().GetResult();

    private static async Task WriteTextsAsync(string path, string column, string[][] groups)
    {
        var schema = new ParquetSchema(new DataField<long>("id"), new DataField<string>(column));
        using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(schema, stream);
        foreach (string[] group in groups)
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync<long>(schema.GetDataFields()[0], Enumerable.Range(0, group.Length).Select(i => (long)i).ToArray().AsMemory());
            await rows.WriteAsync(schema.GetDataFields()[1], group);
        }
    }

    private static async Task WriteArcAsync(string path, string[] questions, string[][] choices, string[][] labels, string[] answers)
    {
        var list = (string name) => new ListField(name, new DataField<string>("element"));
        var schema = new ParquetSchema(
            new DataField<string>("question"), new StructField("choices", list("text"), list("label")), new DataField<string>("answerKey"));
        var fields = schema.GetDataFields();
        using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(schema, stream);
        using var rows = writer.CreateRowGroup();
        await rows.WriteAsync(fields[0], questions);
        foreach (var (field, lists) in new[] { (fields[1], choices), (fields[2], labels) })
        {
            int[] starts = [.. lists.SelectMany(row => row.Select((_, i) => i == 0 ? 0 : 1))];
            await rows.WriteAsync(field, [.. lists.SelectMany(row => row)], starts.AsMemory());
        }

        await rows.WriteAsync(fields[3], answers);
    }
}
