using Parquet;
using Parquet.Schema;
using Sparsum.Core;
using Sparsum.Evaluation.Glue;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Evaluation.Tests.Glue;

/// <summary>GLUE as the hub has it.</summary>
public sealed class GlueParquetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("validation-00000-of-00001.parquet", true)]
    [InlineData("validation/0000.parquet", false)]
    public async Task Texts_and_labels_are_those_of_the_columns(string file, bool inTaskFolder)
    {
        string place = inTaskFolder ? folder["rte"] : folder.Root;
        await Write(Path.Combine(place, file), [("sentence1", ["a", "b"]), ("sentence2", ["c", "d"])], [1L, 0]);
        var data = GlueReader.Read(folder.Root, GlueTasks.Find("rte")!, GlueSplit.Dev);

        Assert.Equal([new GlueExample("a", "c", 1, null), new GlueExample("b", "d", 0, null)], data.Examples);
    }

    [Theory]
    [InlineData("qnli", "question", "sentence")]
    [InlineData("qqp", "question1", "question2")]
    [InlineData("sst2", "sentence", null)]
    public async Task Every_task_has_its_columns(string task, string first, string? second)
    {
        (string, string[])[] texts = second is null ? [(first, ["a"])] : [(first, ["a"]), (second, ["b"])];
        await Write(folder[$"{task}/train-00000-of-00001.parquet"], texts, [1L]);

        Assert.Equal(new GlueExample("a", second is null ? null : "b", 1, null), Assert.Single(GlueReader.Read(folder.Root, GlueTasks.Find(task)!, GlueSplit.Train).Examples));
    }

    [Fact]
    public async Task Scores_are_numbers()
    {
        await Write(folder["stsb/validation-00000-of-00001.parquet"], [("sentence1", ["a"]), ("sentence2", ["b"])], [3.75f]);

        Assert.Equal(3.75, Assert.Single(GlueReader.Read(folder.Root, GlueTasks.Find("stsb")!, GlueSplit.Dev).Examples).Score);
    }

    [Fact]
    public async Task Another_tasks_file_and_labels_without_meaning_are_refused()
    {
        await Write(folder["sst2/validation-00000-of-00001.parquet"], [("premise", ["a"]), ("hypothesis", ["b"])], [1L]);
        Assert.Equal("missing-column", Assert.ThrowsAny<InvalidInputException>(() => GlueReader.Read(folder.Root, GlueTasks.Find("sst2")!, GlueSplit.Dev)).Code);
        await Write(folder["rte/validation-00000-of-00001.parquet"], [("sentence1", ["a"]), ("sentence2", ["b"])], [-1L]);
        Assert.Equal("malformed-row", Assert.ThrowsAny<InvalidInputException>(() => GlueReader.Read(folder.Root, GlueTasks.Find("rte")!, GlueSplit.Dev)).Code);
    }

    private static async Task Write<T>(string path, (string Name, string[] Values)[] texts, T[] labels)
        where T : struct
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var schema = new ParquetSchema([.. texts.Select(text => new DataField<string>(text.Name)), new DataField<T>("label")]);
        using var stream = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(schema, stream);
        using var rows = writer.CreateRowGroup();
        for (int i = 0; i < texts.Length; i++)
        {
            await rows.WriteAsync(schema.GetDataFields()[i], texts[i].Values);
        }

        await rows.WriteAsync<T>(schema.GetDataFields()[^1], labels.AsMemory());
    }
}
