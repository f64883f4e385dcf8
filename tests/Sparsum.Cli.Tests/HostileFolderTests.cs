using System.Diagnostics;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>Folders and files as they are found: linked, shared with secrets, in other encodings, not files at all.</summary>
public sealed class HostileFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public HostileFolderTests() => model = TinyModel.Write(folder["real/model"]);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("prune", "--method", "magnitude")]
    [InlineData("compact", "--format", "dense")]
    public void An_output_through_a_linked_parent_does_not_replace_the_input(string verb, params string[] options)
    {
        Directory.CreateSymbolicLink(folder["link"], folder["real"]);
        byte[] before = File.ReadAllBytes(Path.Combine(model, "model.safetensors"));

        Assert.Equal("output-is-input", ErrorOf([verb, model, "-o", folder["link/model"], .. options, "--force"]));
        Assert.Equal("output-is-input", ErrorOf([verb, folder["link/model"], "-o", model, .. options, "--force"]));
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(model, "model.safetensors")));
    }

    [Fact]
    public void Forcing_deletes_no_sources_beside_a_config()
    {
        Directory.CreateDirectory(folder["project"]);
        File.WriteAllText(folder["project/config.json"], "{}");
        File.WriteAllText(folder["project/main.py"], "print()");

        Assert.Equal("output-not-ours", ErrorOf("prune", model, "-o", folder["project"], "--method", "magnitude", "--force"));
        Assert.Equal("output-not-ours", ErrorOf("compact", model, "-o", folder["project"], "--force"));
        Assert.Equal("print()", File.ReadAllText(folder["project/main.py"]));
    }

    [Fact]
    public void Secrets_stay_where_they_are()
    {
        foreach (string name in new[] { "token", "id_rsa", "notes.txt", ".env" })
        {
            File.WriteAllText(Path.Combine(model, name), "secret");
        }

        File.WriteAllText(folder["secret"], "secret");
        File.CreateSymbolicLink(Path.Combine(model, "README.md"), folder["secret"]);

        Assert.Equal(0, CliRun.Of("prune", model, "-o", folder["out"], "--method", "magnitude").ExitCode);
        Assert.All(Directory.GetFiles(folder["out"]), file => Assert.NotEqual("secret", File.ReadAllText(file)));
        Assert.True(File.Exists(folder["out/run.json"]));
    }

    [Fact]
    public void A_finished_run_is_a_success_to_resume()
    {
        string[] line = ["prune", model, "-o", folder["out"], "--method", "magnitude", "--json"];
        Assert.False(CliRun.Of(line).Json.GetProperty("wasComplete").GetBoolean());
        byte[] record = File.ReadAllBytes(folder["out/run.json"]);

        Assert.True(CliRun.Of([.. line, "--resume"]).Json.GetProperty("wasComplete").GetBoolean());
        Assert.Equal(record, File.ReadAllBytes(folder["out/run.json"]));
        Assert.Equal("resume-mismatch", ErrorOf([.. line, "--resume", "--sparsity", "0.7"]));
    }

    [Fact]
    public void Compact_weights_lie_where_no_other_library_looks()
    {
        Assert.Equal(0, CliRun.Of("prune", model, "-o", folder["pruned"], "--method", "magnitude", "--sparsity", "0.8").ExitCode);
        Assert.Equal(0, CliRun.Of("compact", folder["pruned"], "-o", folder["compact"]).ExitCode);

        Assert.Empty(Directory.GetFiles(folder["compact"], "*.safetensors*").Concat(Directory.GetFiles(folder["compact"], "*.bin")));
        var named = CliRun.Of("inspect", folder["compact"], "--json").Json.GetProperty("sparsity").GetRawText();
        File.Move(folder["compact/weights.sparsum"], folder["compact/model.safetensors"]);
        Assert.Equal(named, CliRun.Of("inspect", folder["compact"], "--json").Json.GetProperty("sparsity").GetRawText());
    }

    [Theory]
    [InlineData("{\"model_type\": \"llama\", \"_name_or_path\": \"caf\u00e9\"}", true)]
    [InlineData("""{"model_type": "llama", "_name_or_path": "\ud800"}""", false)]
    [InlineData("""{"model_type": "llama", "model_type": "opt"}""", false)]
    public void A_config_that_is_no_text_is_refused(string config, bool isLatin1)
    {
        File.WriteAllText(Path.Combine(model, "config.json"), config, isLatin1 ? System.Text.Encoding.Latin1 : new System.Text.UTF8Encoding(false));

        Assert.Equal("malformed-config", ErrorOf("inspect", model));
    }

    [Fact]
    public void A_pipe_is_not_waited_for()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (string name in new[] { "config.json", "model.safetensors" })
        {
            File.Delete(Path.Combine(model, name));
            using var process = Process.Start("mkfifo", Path.Combine(model, name));
            Bounded.Await(process);
            Assert.Equal(2, Bounded.Run(() => CliRun.Of("inspect", model)).ExitCode);
            File.Delete(Path.Combine(model, name));
            TinyModel.Write(model);
        }
    }

    private static string? ErrorOf(params string[] line)
    {
        var run = CliRun.Of([.. line, "--json"]);
        Assert.True(run.ExitCode == 2, run.ToString());
        return run.Json.GetProperty("error").GetProperty("code").GetString();
    }
}
