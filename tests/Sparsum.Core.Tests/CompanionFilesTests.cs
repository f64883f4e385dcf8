using Sparsum.Testing;
using Xunit;

namespace Sparsum.Core.Tests;

public sealed class CompanionFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public CompanionFilesTests()
    {
        foreach (string name in new[] { "model", "out", "elsewhere" })
        {
            Directory.CreateDirectory(folder[name]);
        }
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Known_names_go_along_and_nothing_else()
    {
        string[] known = ["LICENSE", "NOTICE.txt", "README.md", "chat_template.jinja", "config.json", "tokenizer.json"];
        string[] others = ["token", "id_rsa", ".netrc", "model.safetensors", "notes.txt", "run.json", "training_args.bin", "script.py"];
        foreach (string name in known.Concat(others))
        {
            File.WriteAllText(folder[$"model/{name}"], name);
        }

        CompanionFiles.Copy(folder["model"], folder["out"]);

        Assert.Equal(known, Directory.GetFiles(folder["out"]).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Links_that_leave_the_folder_are_not_followed()
    {
        File.WriteAllText(folder["elsewhere/secret"], "secret");
        File.WriteAllText(folder["model/vocab.txt"], "a");
        File.CreateSymbolicLink(folder["model/README.md"], folder["elsewhere/secret"]);
        File.CreateSymbolicLink(folder["model/tokenizer.model"], "vocab.txt");

        CompanionFiles.Copy(folder["model"], folder["out"]);
        Assert.Equal("a", File.ReadAllText(folder["out/tokenizer.model"]));
        Assert.False(RealPath.IsLink(folder["out/tokenizer.model"]));
        Assert.False(File.Exists(folder["out/README.md"]));

        File.CreateSymbolicLink(folder["model/tokenizer.json"], folder["elsewhere/secret"]);
        Assert.Equal("link-leaves-folder", Assert.Throws<InvalidInputException>(() => CompanionFiles.Copy(folder["model"], folder["out"])).Code);
    }

    [Fact]
    public void The_store_of_the_hubs_cache_belongs_to_a_snapshot()
    {
        Directory.CreateDirectory(folder["models--a--b/snapshots/1f"]);
        Directory.CreateDirectory(folder["models--a--b/blobs"]);
        File.WriteAllText(folder["models--a--b/blobs/00"], "{}");
        File.CreateSymbolicLink(folder["models--a--b/snapshots/1f/config.json"], "../../blobs/00");

        CompanionFiles.Copy(folder["models--a--b/snapshots/1f"], folder["out"]);

        Assert.Equal("{}", File.ReadAllText(folder["out/config.json"]));
    }
}
