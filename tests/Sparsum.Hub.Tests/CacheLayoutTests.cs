using System.Text;
using Sparsum.Core;

namespace Sparsum.Hub.Tests;

/// <summary>The cache is as https://huggingface.co/docs/hub/local-cache has it.</summary>
public sealed class CacheLayoutTests : HubFixture
{
    [Fact]
    public async Task A_pull_leaves_what_the_rules_say()
    {
        Files["1_Pooling/config.json"] = "{}"u8.ToArray();
        string commit = Hub.Add("models/owner/name", Files);
        var model = await Pull();

        Assert.Equal(commit, model.Commit);
        Assert.Equal(commit, File.ReadAllText(Under("refs", "main")));
        Assert.Equal(Under("snapshots", commit), model.Path);

        // Git's name of "hello\n", which every repository that has it shares; SHA-256 of what is kept outside git.
        const string hello = "ce013625030ba8dba906f756967f9e9ca394464a";
        string weights = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Weights));
        Assert.Equal($"../../blobs/{hello}", Target("README.md"));
        Assert.Equal($"../../blobs/{weights}", Target("model.safetensors"));
        Assert.StartsWith("../../../blobs/", Target("1_Pooling/config.json"), StringComparison.Ordinal);
        Assert.Equal("hello\n", File.ReadAllText(Under("blobs", hello)));
        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(model.Path, "model.safetensors")));

        // Two files of one content are one blob.
        Assert.Equal(4, Directory.GetFiles(Under("blobs")).Length);
        Assert.True(File.Exists(Path.Combine(Cache, ".locks", "models--owner--name", $"{weights}.lock")));
        Assert.Equal(0, new FileInfo(Under(".no_exist", commit, "chat_template.jinja")).Length);
        Assert.False(File.Exists(Under(".no_exist", commit, "tokenizer.json")));

        string Target(string name) => new FileInfo(Path.Combine(model.Path, name)).LinkTarget!.Replace('\\', '/');
    }

    [Fact]
    public async Task Only_what_a_model_needs_is_fetched()
    {
        foreach (string name in new[] { "pytorch_model.bin", "tf_model.h5", "modeling_name.py", "onnx/model.onnx", "training_args.bin", "consolidated.safetensors", "model-q.gguf", "run.json" })
        {
            Files[name] = Bytes(10, name.Length);
        }

        Hub.Add("models/owner/name", Files);

        Assert.Equal(["README.md", "config.json", "model.safetensors", "tokenizer.json"], (await Pull()).Files.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(".safetensors", "model")]
    [InlineData(".bin", "pytorch_model")]
    public async Task Shards_come_with_their_index(string extension, string name)
    {
        Files.Remove("model.safetensors");
        string[] shards = [$"{name}-00001-of-00002{extension}", $"{name}-00002-of-00002{extension}"];
        Array.ForEach(shards, shard => Files[shard] = Bytes(1000, shard.Length));
        Files[$"{name}{extension}.index.json"] = Encoding.UTF8.GetBytes($$$"""{"weight_map": {"a": "{{{shards[0]}}}", "b": "{{{shards[1]}}}"}}""");
        string commit = Hub.Add("models/owner/name", Files);

        Assert.Equal([.. shards, $"{name}{extension}.index.json"], (await Pull()).Files.TakeLast(3));

        using var session = new HubSession(Options);
        Assert.NotNull(session.Find(Model));
        File.Delete(Under("snapshots", commit, shards[1]));
        Assert.Null(session.Find(Model));
    }

    [Fact]
    public async Task What_is_whole_is_not_asked_for_again()
    {
        await Pull();
        int before = Hub.Requests.Count;
        var found = await Open();

        Assert.Equal(before, Hub.Requests.Count);
        Assert.Equal(Commit, found.Commit);
        Assert.Equal(0, found.Bytes);
        await Pull();
        Assert.Equal(before + 1, Hub.Requests.Count);
    }

    [Fact]
    public async Task What_another_program_has_left_is_completed()
    {
        await Pull();
        Directory.Delete(Under(".no_exist"), recursive: true);
        File.Delete(Under("snapshots", Commit, "tokenizer.json"));
        var offline = await Open(Options with { IsOffline = true });
        Assert.Contains("tokenizer.json", offline.Unknown);

        int before = Hub.Downloads.Count();
        Assert.Empty((await Open()).Unknown);
        Assert.Equal(before, Hub.Downloads.Count());
        Assert.True(File.Exists(Under("snapshots", Commit, "tokenizer.json")));
    }

    [Fact]
    public async Task A_new_commit_comes_when_it_is_pulled_and_shares_what_is_the_same()
    {
        await Pull();
        Files["config.json"] = "{}"u8.ToArray();
        string next = Hub.Add("models/owner/name", Files);

        Assert.Equal(Commit, (await Open()).Commit);
        int before = Hub.Downloads.Count();
        Assert.Equal(next, (await Pull()).Commit);
        Assert.Equal(before, Hub.Downloads.Count());
        Assert.True(Directory.Exists(Under("snapshots", Commit)));
    }

    [Fact]
    public async Task Revisions_keep_their_own_references()
    {
        string commit = Hub.Add("models/owner/name", Files, revision: "refs/pr/1");

        Assert.Equal(commit, (await Pull(reference: HubReference.Parse("owner/name@refs/pr/1"))).Commit);
        Assert.Equal(commit, File.ReadAllText(Under("refs", "refs", "pr", "1")));
        Assert.Equal(commit, (await Open(Options with { IsOffline = true }, HubReference.Parse($"owner/name@{commit}"))).Commit);
    }

    [Fact]
    public async Task Without_links_the_files_themselves_lie_in_the_snapshot()
    {
        Files["tokenizer_config.json"] = Files["tokenizer.json"];
        string commit = Hub.Add("models/owner/name", Files);
        var model = await Pull(Options with { UseLinks = false });

        Assert.All(model.Files, name => Assert.Null(new FileInfo(Under("snapshots", commit, name)).LinkTarget));
        Assert.All(model.Files, name => Assert.Equal(Files[name], File.ReadAllBytes(Under("snapshots", commit, name))));
        Assert.Empty(Directory.GetFiles(Under("blobs")));
        int before = Hub.Downloads.Count();
        await Pull(Options with { UseLinks = false });
        Assert.Equal(before, Hub.Downloads.Count());
    }

    [Fact]
    public async Task Nobody_fetches_twice_at_the_same_time()
    {
        Hub.Change = (_, answer) => answer with { Chunk = 30_000, Pause = TimeSpan.FromMilliseconds(20) };
        var models = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Pull())));

        Assert.Single(models.Select(model => model.Path).Distinct());
        Assert.Equal(4, Hub.Downloads.Count());
    }

    [Fact]
    public async Task Offline_nothing_is_asked()
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => Open(Options with { IsOffline = true }));

        Assert.Equal("not-in-cache", error.Code);
        Assert.Empty(Hub.Requests);
    }
}
