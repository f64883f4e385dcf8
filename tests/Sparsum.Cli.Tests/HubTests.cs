using System.Diagnostics;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Names of a hub where paths stand, against a hub on this machine.</summary>
public sealed class HubTests : IDisposable
{
    private const string Token = "hf_SecretOfTheTests";

    private readonly TemporaryFolder folder = new();
    private readonly TestHub hub = new();
    private readonly string commit;
    private readonly Dictionary<string, string?> variables;

    public HubTests()
    {
        string model = TinyModel.Write(folder["model"]);
        commit = hub.Add("models/owner/tiny", Directory.GetFiles(model).ToDictionary(path => Path.GetFileName(path), File.ReadAllBytes));
        variables = new()
        {
            ["HF_ENDPOINT"] = $"{hub.Address}",
            ["HF_HOME"] = folder["home"],
            ["HF_TOKEN"] = Token,
        };

        // Only this class names anything on a hub.
        foreach (var (name, value) in variables)
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }

    public void Dispose()
    {
        foreach (string name in variables.Keys)
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        hub.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_name_of_the_hub_is_a_model()
    {
        var first = Run("inspect", "owner/tiny", "--json");
        Assert.Equal(0, first.ExitCode);
        Assert.Contains("'owner/tiny' is no path here", first.Error, StringComparison.Ordinal);
        Assert.Equal("owner/tiny", first.Json.GetProperty("model").GetString());
        Assert.Equal(commit, first.Json.GetProperty("hub")[0].GetProperty("commit").GetString());
        Assert.All(hub.Requests, request => Assert.Equal($"Bearer {Token}", request.Headers["Authorization"]));

        int before = hub.Requests.Count;
        Assert.Equal(0, Run("prune", "owner/tiny", "-o", folder["pruned"], "--method", "magnitude").ExitCode);
        var bench = Run("bench", folder["pruned"], "--baseline", "owner/tiny", "--length", "8", "--runs", "1", "--offline", "--json");
        Assert.True(bench.ExitCode == 0, bench.ToString());
        var item = bench.Json.GetProperty("items")[0];
        Assert.Equal("owner/tiny", item.GetProperty("model").GetString());
        Assert.Equal(Directory.GetFiles(folder["model"]).Sum(file => new FileInfo(file).Length), item.GetProperty("bytesOnDisk").GetInt64());
        Assert.Equal(before, hub.Requests.Count);
        var record = JsonNode.Parse(File.ReadAllText(folder["pruned/run.json"]))!;
        Assert.Equal("owner/tiny", (string?)record["model"]);
        Assert.Equal(commit, (string?)record["hub"]![0]!["commit"]);
    }

    [Fact]
    public void Pulling_tells_what_came_and_copies_on_request()
    {
        var pulled = Run("pull", "owner/tiny", "-o", folder["copy"], "--json");
        Assert.Equal(0, pulled.ExitCode);
        Assert.Equal(commit, pulled.Json.GetProperty("pulled")[0].GetProperty("commit").GetString());
        Assert.Null(new FileInfo(folder["copy/model.safetensors"]).LinkTarget);
        Assert.Equal(File.ReadAllBytes(folder["model/model.safetensors"]), File.ReadAllBytes(folder["copy/model.safetensors"]));
        Assert.Equal(0, Run("inspect", folder["copy"]).ExitCode);
        Assert.Equal(2, Run("pull", "owner/tiny", "-o", folder["copy"]).ExitCode);

        Assert.Equal(0, Run("pull", "owner/tiny", "-o", folder["copy"], "--force", "--offline").ExitCode);
        Assert.Equal(0, Run("pull", "owner/tiny", "--revision", commit).ExitCode);
        Assert.Equal(2, Run("pull", "owner/tiny", "--revision", "v9").ExitCode);
        Assert.Equal(2, Run("pull", "tiny").ExitCode);
    }

    [Fact]
    public void A_file_of_a_repository_is_a_model()
    {
        Assert.Equal(0, Run("convert", folder["model"], "-o", folder["tiny-f16.gguf"], "--to", "gguf", "--dtype", "f16").ExitCode);
        hub.Add("models/owner/gguf", new Dictionary<string, byte[]> { ["tiny-f16.gguf"] = File.ReadAllBytes(folder["tiny-f16.gguf"]) });

        Assert.Equal(0, Run("inspect", "owner/gguf:f16").ExitCode);
        Assert.Equal(0, Run("generate", "owner/gguf/tiny-f16.gguf", "--prompt", "ab", "--max-new-tokens", "2", "--offline").ExitCode);
        Assert.Equal(0, Run("pull", "owner/gguf", "-o", folder["copy"]).ExitCode);
        Assert.True(File.Exists(folder["copy/tiny-f16.gguf"]));
    }

    [Fact]
    public void What_is_nowhere_is_told_as_such()
    {
        foreach (string[] line in new[] { new[] { "owner/nothing" }, ["owner/tiny", "--offline"] })
        {
            var run = Run(["inspect", .. line, "--json"]);
            Assert.Equal(2, run.ExitCode);
            Assert.StartsWith($"There is no file or folder '{line[0]}'.", run.Json.GetProperty("error").GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        hub.Dispose();
        var unreachable = Run("inspect", "owner/tiny", "--json");
        Assert.Equal(1, unreachable.ExitCode);
        Assert.Equal("hub-unreachable", unreachable.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task Data_sets_have_names()
    {
        TinyModel.WriteText(folder["text.jsonl"]);
        byte[] table = await Table([.. File.ReadLines(folder["text.jsonl"]).Select(line => (string)JsonNode.Parse(line)!["text"]!)]);
        hub.Add("datasets/Salesforce/wikitext", new Dictionary<string, byte[]>
        {
            ["wikitext-2-raw-v1/test-00000-of-00001.parquet"] = table,
            ["wikitext-2-raw-v1/train-00000-of-00001.parquet"] = table,
        });
        var measured = Run("evaluate", folder["model"], "--perplexity", "wikitext2", "--window", "32", "--json");
        Assert.True(measured.ExitCode == 0, measured.ToString());
        Assert.Equal("wikitext2", measured.Json.GetProperty("options").GetProperty("protocol").GetString());
        Assert.Contains("--protocol wikitext2", measured.Error, StringComparison.Ordinal);

        var alone = Run("evaluate", folder["model"], "--perplexity", "wikitext2", "--protocol", "documents", "--offline", "--json");
        Assert.Equal("documents", alone.Json.GetProperty("options").GetProperty("protocol").GetString());
        var local = Run("evaluate", folder["model"], "--perplexity", folder["text.jsonl"], "--protocol", "documents", "--json");
        Assert.Equal(local.Json.GetProperty("perplexity").GetDouble(), alone.Json.GetProperty("perplexity").GetDouble());

        var pruned = Run("prune", folder["model"], "-o", folder["out"], "--calibration", "wikitext2", "--samples", "2", "--sequence-length", "16", "--json");
        Assert.Equal(0, pruned.ExitCode);
        Assert.Equal("wikitext2", pruned.Json.GetProperty("options").GetProperty("calibrationRule").GetString());

        Assert.Equal(0, Run("pull", "wikitext2", "--offline").ExitCode);
        Assert.Equal(2, Run("evaluate", folder["model"], "--perplexity", "ptb", "--offline").ExitCode);
    }

    [Fact]
    public void Zero_shot_tasks_come_from_the_hub_when_asked_for()
    {
        hub.Add("datasets/aps/super_glue", new Dictionary<string, byte[]>
        {
            ["boolq/validation-00000-of-00001.parquet"] = """{"passage": "It is.", "question": "is it", "label": 1}"""u8.ToArray(),
        });
        var run = Run("evaluate", folder["model"], "--zero-shot", "boolq", "--data", "hub", "--json");
        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal("zero-shot/boolq", run.Json.GetProperty("hub")[0].GetProperty("name").GetString());
        Assert.Equal(2, Run("evaluate", folder["model"], "--zero-shot", "boolq").ExitCode);
    }

    [Fact]
    public void A_path_that_exists_always_comes_first()
    {
        TinyModel.Write(folder["owner/tiny"]);
        var (exitCode, output, error) = Start(folder.Root, "inspect", "owner/tiny", "--json").Finish();

        Assert.True(exitCode == 0, error);
        Assert.Empty(hub.Requests);
        Assert.Null(JsonNode.Parse(output)!["hub"]);
    }

    [Fact]
    public void A_killed_pull_goes_on_where_it_was()
    {
        byte[] bytes = File.ReadAllBytes(folder["model/model.safetensors"]);
        hub.Change = (request, answer) => IsWeights(request) ? answer with { Chunk = 500, Pause = TimeSpan.FromMilliseconds(20) } : answer;
        string blobs = folder["home/hub/models--owner--tiny/blobs"];
        var running = Start(folder.Root, "pull", "owner/tiny");
        var watch = Stopwatch.StartNew();
        string partial = Path.Combine(blobs, TestHub.HashOf("x.bin", bytes) + ".incomplete");
        while (!File.Exists(partial) || new FileInfo(partial).Length < 1000)
        {
            Assert.True(!running.Process.HasExited && watch.Elapsed < TimeSpan.FromSeconds(60));
            Thread.Sleep(5);
        }

        running.Process.Kill();
        running.Finish();
        hub.Change = (_, answer) => answer;
        Assert.Equal(0, Run("pull", "owner/tiny").ExitCode);
        Assert.True(hub.Downloads.Last(IsWeights).From >= 1000);
        Assert.Equal(0, Run("inspect", "owner/tiny", "--offline").ExitCode);
    }

    private static async Task<byte[]> Table(string[] texts)
    {
        var schema = new ParquetSchema(new DataField<string>("text"));
        using var stream = new MemoryStream();
        await using (var writer = await ParquetWriter.CreateAsync(schema, stream))
        {
            using var rows = writer.CreateRowGroup();
            await rows.WriteAsync(schema.GetDataFields()[0], texts);
        }

        return stream.ToArray();
    }

    private static bool IsWeights(HubRequest request) => request.Path.EndsWith("model.safetensors", StringComparison.Ordinal);

    private static CliRun Run(params string[] line)
    {
        var run = CliRun.Of(line);
        Assert.DoesNotContain(Token, run.ToString(), StringComparison.Ordinal);
        return run;
    }

    private Running Start(string where, params string[] line)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(SparsumCommand).Assembly.Location, .. line])
        {
            WorkingDirectory = where,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new Running(Process.Start(start)!);
    }

    private sealed record Running(Process Process)
    {
        public (int ExitCode, string Output, string Error) Finish()
        {
            using (Process)
            {
                var error = Process.StandardError.ReadToEndAsync();
                string output = Process.StandardOutput.ReadToEnd();
                Process.WaitForExit();
                return (Process.ExitCode, output, error.Result);
            }
        }
    }
}
