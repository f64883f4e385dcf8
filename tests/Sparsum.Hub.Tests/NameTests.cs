using Sparsum.Core;
using Sparsum.Testing;

namespace Sparsum.Hub.Tests;

/// <summary>Names of models and data sets, and what the environment says.</summary>
public sealed class NameTests : HubFixture
{
    [Theory]
    [InlineData("facebook/opt-125m", "facebook/opt-125m", "main", null)]
    [InlineData("a/b@v1.0", "a/b", "v1.0", null)]
    [InlineData("a/b@refs/pr/1", "a/b", "refs/pr/1", null)]
    [InlineData("a/b:Q4_K_M", "a/b", "main", "Q4_K_M")]
    [InlineData("a/b@dev:sub/x.gguf", "a/b", "dev", "sub/x.gguf")]
    [InlineData("a/b/x.gguf", "a/b", "main", "x.gguf")]
    [InlineData("HuggingFaceTB/SmolLM2-135M", "HuggingFaceTB/SmolLM2-135M", "main", null)]
    public void A_name_has_its_parts(string text, string repository, string revision, string? file)
    {
        var reference = HubReference.Parse(text);
        Assert.Equal((repository, revision, file), (reference.Repository, reference.Revision, reference.File));
        Assert.Equal(reference, HubReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("opt-125m")]
    [InlineData("./a/b")]
    [InlineData("../a")]
    [InlineData("/a/b")]
    [InlineData("a/b/c")]
    [InlineData("a/b:../../x.gguf")]
    [InlineData("a/b@../x")]
    [InlineData("a--b/c")]
    [InlineData("a/b..c")]
    [InlineData("-a/b")]
    [InlineData("a/b.")]
    [InlineData("C:\\a\\b")]
    [InlineData("a b/c")]
    [InlineData("https://huggingface.co/a/b")]
    [InlineData("")]
    public void What_is_no_name_is_told(string text)
    {
        Assert.Null(HubReference.TryParse(text));
        Assert.Equal("invalid-hub-name", Assert.Throws<InvalidInputException>(() => HubReference.Parse(text)).Code);
    }

    [Theory]
    [InlineData("owner/gguf:model-Q4_K_M.gguf", "model-Q4_K_M.gguf")]
    [InlineData("owner/gguf/model-Q4_K_M.gguf", "model-Q4_K_M.gguf")]
    [InlineData("owner/gguf:q4_k_m", "model-Q4_K_M.gguf")]
    [InlineData("owner/gguf:Q8_0", "model-Q8_0-00001-of-00002.gguf")]
    public async Task A_file_of_a_repository_is_found_by_its_name_or_quantisation(string name, string file)
    {
        AddGguf();
        var model = await Pull(reference: HubReference.Parse(name));

        Assert.Equal(file, Path.GetFileName(model.Path));
        Assert.True(File.Exists(model.Path));
        Assert.Equal(file.Contains("Q8", StringComparison.Ordinal) ? 2 : 1, model.Files.Count);
        Assert.Equal(model.Path, (await Open(Options with { IsOffline = true }, HubReference.Parse(name))).Path);
    }

    [Fact]
    public async Task Of_several_files_one_must_be_named()
    {
        AddGguf();
        var error = await Fails<InvalidInputException>("several-gguf-files", reference: HubReference.Parse("owner/gguf"));
        Assert.Contains("owner/gguf:model-Q4_K_M.gguf", error.Hint, StringComparison.Ordinal);
        await Fails<InvalidInputException>("unknown-hub-file", reference: HubReference.Parse("owner/gguf:Q2_K"));
        await Fails<InvalidInputException>("unknown-hub-file", reference: HubReference.Parse("owner/gguf:nothing.gguf"));
    }

    [Fact]
    public async Task A_repository_without_a_model_is_told()
    {
        Hub.Add("models/owner/lora", new Dictionary<string, byte[]> { ["adapter_model.safetensors"] = [1], ["README.md"] = [2] });
        await Fails<InvalidInputException>("no-model-in-repository", reference: HubReference.Parse("owner/lora"));
    }

    [Fact]
    public async Task A_data_set_lies_where_the_table_says()
    {
        Hub.Add("datasets/Salesforce/wikitext", new Dictionary<string, byte[]>
        {
            ["wikitext-2-raw-v1/test-00000-of-00001.parquet"] = [1, 2],
            ["wikitext-2-raw-v1/train-00000-of-00001.parquet"] = [3],
            ["wikitext-103-raw-v1/test-00000-of-00001.parquet"] = [4],
        });
        using var session = new HubSession(Options);
        var found = await HubDatasets.Find(DataUse.Perplexity, "WikiText2")!.OpenAsync(session);

        Assert.Equal("wikitext-2-raw-v1/test-00000-of-00001.parquet", Assert.Single(found.Files));
        Assert.Equal([1, 2], File.ReadAllBytes(Path.Combine(found.Path, found.Files[0])));
        Assert.Contains("datasets--Salesforce--wikitext", found.Path, StringComparison.Ordinal);

        using var offline = new HubSession(Options with { IsOffline = true });
        Assert.Equal(found.Path, (await HubDatasets.Find(DataUse.Perplexity, "wikitext2")!.OpenAsync(offline)).Path);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => HubDatasets.Find(DataUse.Calibration, "wikitext2")!.OpenAsync(offline));
        Assert.Equal("not-in-cache", error.Code);
    }

    [Fact]
    public async Task A_data_set_that_is_a_program_lies_where_the_hub_has_converted_it()
    {
        Hub.Add("datasets/ptb-text-only/ptb_text_only", new Dictionary<string, byte[]> { ["ptb_text_only.py"] = [0] });
        string commit = Hub.Add(
            "datasets/ptb-text-only/ptb_text_only",
            new Dictionary<string, byte[]> { ["penn_treebank/test/0000.parquet"] = [7], ["penn_treebank/train/0000.parquet"] = [8] },
            revision: HubDataset.ConvertedRevision);
        using var session = new HubSession(Options);
        var ptb = HubDatasets.Find(DataUse.Perplexity, "ptb")!;
        var found = await ptb.OpenAsync(session);

        Assert.Equal((commit, "penn_treebank/test/0000.parquet"), (found.Commit, Assert.Single(found.Files)));
        int before = Hub.Requests.Count;
        await ptb.OpenAsync(session);
        Assert.Equal(before, Hub.Requests.Count);
    }

    [Fact]
    public async Task A_data_set_without_its_files_is_told()
    {
        Hub.Add("datasets/allenai/c4", new Dictionary<string, byte[]> { ["README.md"] = [0] });
        using var session = new HubSession(Options);
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => HubDatasets.Find(DataUse.Calibration, "c4")!.OpenAsync(session));
        Assert.Equal("unknown-hub-file", error.Code);
    }

    [Fact]
    public void The_environment_is_read_as_the_ecosystem_does()
    {
        using var folder = new TemporaryFolder();
        folder.Write("token", " hf_file \n");
        Assert.Equal(folder["hub"], Read(("HF_HOME", folder.Root)).Cache);
        Assert.Equal("hf_file", Read(("HF_HOME", folder.Root)).Token);
        Assert.Equal("hf_a", Read(("HF_HOME", folder.Root), ("HF_TOKEN", "hf_a")).Token);
        Assert.Null(Read(("HF_HOME", folder.Root), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")).Token);
        Assert.Equal(folder["c"], Read(("HF_HOME", folder.Root), ("HF_HUB_CACHE", folder["c"])).Cache);
        Assert.Equal(folder["x/huggingface/hub"], Read(("XDG_CACHE_HOME", folder["x"])).Cache);
        Assert.EndsWith(Path.Combine(".cache", "huggingface", "hub"), Read().Cache, StringComparison.Ordinal);
        Assert.Equal(new Uri("https://mirror.example/hf"), Read(("HF_ENDPOINT", "https://mirror.example/hf/")).Endpoint);
        Assert.True(Read(("HF_HUB_OFFLINE", "yes")).IsOffline);
        Assert.False(Read(("HF_HUB_OFFLINE", "0")).IsOffline);
        Assert.Equal("invalid-endpoint", Assert.Throws<InvalidInputException>(() => Read(("HF_ENDPOINT", "https://me:secret@x"))).Code);
        Assert.Equal("invalid-endpoint", Assert.Throws<InvalidInputException>(() => Read(("HF_ENDPOINT", "nowhere"))).Code);

        static HubOptions Read(params (string Name, string Value)[] variables) =>
            HubOptions.FromEnvironment(name => variables.FirstOrDefault(variable => variable.Name == name).Value);
    }

    [Fact]
    public void The_table_is_the_documented_one()
    {
        var place = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(place!.FullName, "Sparsum.slnx")))
        {
            place = place.Parent;
        }

        string page = File.ReadAllText(Path.Combine(place.FullName, "docs", "hub.md"));
        Assert.All(HubDatasets.All, set => Assert.Contains($"`{set.Name}`", page, StringComparison.Ordinal));
        Assert.All(HubDatasets.All, set => Assert.Contains($"`{set.Repository}`", page, StringComparison.Ordinal));
        Assert.Equal(HubDatasets.All.Count, HubDatasets.All.Select(set => (set.Use, set.Name)).Distinct().Count());
    }

    private void AddGguf() => Hub.Add("models/owner/gguf", new Dictionary<string, byte[]>
    {
        ["model-Q4_K_M.gguf"] = Bytes(100, 1),
        ["model-Q8_0-00001-of-00002.gguf"] = Bytes(100, 2),
        ["model-Q8_0-00002-of-00002.gguf"] = Bytes(100, 3),
    });
}
