using Sparsum.Testing;
using Xunit;

namespace Sparsum.Core.Tests;

public sealed class OutputFolderTests : IDisposable
{
    private const string State = "checkpoint.safetensors";
    private readonly TemporaryFolder folder = new();

    public OutputFolderTests() => Directory.CreateDirectory(folder["input"]);

    private string Target => folder["out"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_result_appears_whole_with_a_list_of_its_files()
    {
        Publish("one");

        Assert.Equal("one", Content());
        Assert.Contains("below/more.txt", File.ReadAllText(Path.Combine(Target, ".sparsum.json")), StringComparison.Ordinal);
        Assert.Equal(["input", "out"], Names(folder.Root));
    }

    [Fact]
    public void Nothing_is_left_of_a_run_that_gives_up()
    {
        string deep = folder["new/deeper/out"];
        using (var output = OutputFolder.Open(deep, [folder["input"]]))
        {
            output.Begin();
            File.WriteAllText(Path.Combine(output.Output, "model.txt"), "half");
        }

        Assert.Equal(["input"], Names(folder.Root));
    }

    [Theory]
    [InlineData("input")]
    [InlineData("input/inside")]
    [InlineData("")]
    [InlineData("link")]
    [InlineData("up/input")]
    [InlineData("link/inside")]
    public void Input_and_output_may_not_overlap_whatever_links_lead_to_them(string output)
    {
        Directory.CreateSymbolicLink(folder["link"], folder["input"]);
        Directory.CreateSymbolicLink(folder["up"], folder.Root);

        Assert.Equal("output-is-input", Refusal(ExistingOutput.Replace, output.Length == 0 ? folder.Root : folder[output]));
        Assert.Equal(["input", "link", "up"], Names(folder.Root));
    }

    [Fact]
    public void A_second_run_is_told_who_holds_the_folder()
    {
        using var first = Open();

        var error = Assert.Throws<InvalidInputException>(() => Open());

        Assert.Equal("output-in-use", error.Code);
        Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_an_output_of_ours_with_nothing_else_in_it_is_replaced()
    {
        Directory.CreateDirectory(Target);
        File.WriteAllText(Path.Combine(Target, "config.json"), "{}");
        Assert.Equal("output-not-ours", Refusal(ExistingOutput.Replace));
        Directory.Delete(Target, recursive: true);

        Publish("one");
        Assert.Equal("output-exists", Refusal(ExistingOutput.Refuse));
        Publish("two", ExistingOutput.Replace);
        Assert.Equal("two", Content());

        Directory.CreateDirectory(Path.Combine(Target, "below", "mine"));
        File.WriteAllText(Path.Combine(Target, "below", "mine", "thesis.txt"), "years of work");
        var error = Assert.Throws<InvalidInputException>(() => Open(ExistingOutput.Replace));
        Assert.Equal(("output-not-ours", "below/mine/thesis.txt"), (error.Code, error.Found));
        Assert.Equal("years of work", File.ReadAllText(Path.Combine(Target, "below", "mine", "thesis.txt")));
    }

    [Theory]
    [InlineData("""{"version": 1, "files": ["model.txt", null]}""")]
    [InlineData("""{"version": 1, "files": ["model.txt", ""]}""")]
    [InlineData("""{"version": 1, "files": null}""")]
    [InlineData("""{"version": 1, "files": ["model.txt"]""")]
    public void A_damaged_list_makes_a_folder_nobodys(string list)
    {
        Publish("one");
        File.WriteAllText(Path.Combine(Target, ".sparsum.json"), list);

        Assert.Equal("output-not-ours", Refusal(ExistingOutput.Replace));
    }

    [Fact]
    public void What_appears_in_the_target_during_a_run_stays()
    {
        Publish("one");
        using var output = Open(ExistingOutput.Replace);
        Fill(output, "two");
        File.WriteAllText(Path.Combine(Target, "mine.txt"), "mine");

        Assert.Equal("output-not-ours", Assert.Throws<InvalidInputException>(output.Publish).Code);
        Assert.Equal(("one", "mine"), (Content(), File.ReadAllText(Path.Combine(Target, "mine.txt"))));
    }

    [Theory]
    [InlineData("pruning.json", "{}", true)]
    [InlineData("run.json", """{"version":"0.1.0","command":"train","options":{}}""", true)]
    [InlineData("run.json", """{"scripts":{}}""", false)]
    public void Outputs_of_earlier_versions_are_known_by_their_records(string name, string record, bool isKnown)
    {
        Directory.CreateDirectory(Target);
        foreach (var (file, text) in new[] { (name, record), ("config.json", "{}"), ("model-00001-of-00002.safetensors", ""), ("model.safetensors.index.json", "") })
        {
            File.WriteAllText(Path.Combine(Target, file), text);
        }

        if (isKnown)
        {
            Open(ExistingOutput.Replace).Dispose();
        }
        else
        {
            Assert.Equal("output-not-ours", Refusal(ExistingOutput.Replace));
        }

        File.WriteAllText(Path.Combine(Target, "notes.txt"), "");
        Assert.Equal("output-not-ours", Refusal(ExistingOutput.Replace));
    }

    [Fact]
    public void An_unfinished_run_is_gone_on_with_or_thrown_away_but_never_by_accident()
    {
        Interrupt("state one");

        Assert.Equal("unfinished-run", Refusal(ExistingOutput.Refuse));
        using (var resumed = Open(ExistingOutput.Resume))
        {
            resumed.Begin();
            Assert.True(resumed.IsResumed);
            Assert.Equal("state one", File.ReadAllText(resumed.State(State)));
        }

        using var replaced = Open(ExistingOutput.Replace);
        replaced.Begin();
        Assert.False(File.Exists(replaced.State(State)));
    }

    [Fact]
    public void A_finished_output_is_a_success_to_resume()
    {
        Publish("one");

        using var output = Open(ExistingOutput.Resume);

        Assert.True(output.IsFinished);
        Assert.False(output.IsResumed);
    }

    /// <summary>What a kill between any two steps of publishing leaves; the next start finds the old output or the new one.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_kill_while_publishing_loses_nothing(int renames)
    {
        Publish("one");
        using (var output = Open(ExistingOutput.Replace))
        {
            Fill(output, "two");
            File.WriteAllText(output.State(State), "state");
            File.Copy(Path.Combine(Target, ".sparsum.json"), Path.Combine(output.Output, ".sparsum.json"));
            File.WriteAllText(output.State("complete"), "");
            if (renames > 0)
            {
                Directory.Move(Target, output.State("replaced"));
            }

            if (renames > 1)
            {
                Directory.Move(output.Output, Target);
            }
        }

        using (var next = Open(ExistingOutput.Resume))
        {
            Assert.True(next.IsFinished);
        }

        Assert.Equal("two", Content());
        Assert.Equal(["input", "out"], Names(folder.Root));
    }

    [Fact]
    public void A_work_folder_that_is_not_ours_stays()
    {
        Directory.CreateDirectory(folder["out.partial"]);
        File.WriteAllText(folder["out.partial/mine.txt"], "mine");

        Assert.Equal("output-not-ours", Refusal(ExistingOutput.Replace));
        Assert.Equal("mine", File.ReadAllText(folder["out.partial/mine.txt"]));
    }

    [Fact]
    public void A_run_in_place_goes_on_with_what_is_there_and_replaces_it_only_when_asked()
    {
        string[] names = ["recipe.json", "runs/"];
        Collect("one", ExistingOutput.Resume);
        Collect("two", ExistingOutput.Resume);
        Assert.Equal(["one", "two"], Names(Path.Combine(Target, "runs")));

        Collect("three", ExistingOutput.Replace);
        Assert.Equal(["three"], Names(Path.Combine(Target, "runs")));
        Assert.Equal(["input", "out"], Names(folder.Root));

        using (var failed = OutputFolder.OpenInPlace(Target, [], names, ExistingOutput.Replace))
        {
            failed.Begin();
            Assert.False(Directory.Exists(Path.Combine(Target, "runs")));
            failed.Restore();
        }

        Assert.Equal(["three"], Names(Path.Combine(Target, "runs")));

        Publish("model", ExistingOutput.Replace);
        Assert.Equal("output-exists", Assert.Throws<InvalidInputException>(
            () => OutputFolder.OpenInPlace(Target, [], names, ExistingOutput.Resume)).Code);

        void Collect(string run, ExistingOutput existing)
        {
            using var output = OutputFolder.OpenInPlace(Target, [], names, existing);
            output.Begin();
            Directory.CreateDirectory(Path.Combine(output.Output, "runs"));
            File.WriteAllText(Path.Combine(output.Output, "recipe.json"), "{}");
            File.WriteAllText(Path.Combine(output.Output, "runs", run), "");
            output.Publish();
        }
    }

    [Fact]
    public void A_run_in_place_goes_on_in_a_folder_of_an_earlier_version_that_wrote_less()
    {
        Assert.Null(Begin("recipe.json", "runs/"));
        Assert.Null(Begin("recipe.json", "runs/", "logs/"));

        // It writes more than this one: it is somebody else's. So is one that begins with another file.
        Assert.Equal("output-exists", Begin("recipe.json", "runs/"));
        Assert.Equal("output-exists", Begin("story.html", "recipe.json", "runs/", "logs/"));

        string? Begin(params string[] names)
        {
            try
            {
                using var output = OutputFolder.OpenInPlace(Target, [], names, ExistingOutput.Resume);
                output.Begin();
                File.WriteAllText(Path.Combine(output.Output, "recipe.json"), "{}");
                output.Publish();
                return null;
            }
            catch (InvalidInputException error)
            {
                return error.Code;
            }
        }
    }

    private OutputFolder Open(ExistingOutput existing = ExistingOutput.Refuse) => OutputFolder.Open(Target, [folder["input"]], existing, State);

    private string Refusal(ExistingOutput existing, string? target = null) => Assert.Throws<InvalidInputException>(
        () => OutputFolder.Open(target ?? Target, [folder["input"]], existing, State)).Code;

    private void Publish(string text, ExistingOutput existing = ExistingOutput.Refuse)
    {
        using var output = Open(existing);
        Fill(output, text);
        output.Publish();
    }

    private void Interrupt(string state)
    {
        using var output = Open();
        Fill(output, "half");
        File.WriteAllText(output.State(State), state);
    }

    private static void Fill(OutputFolder output, string text)
    {
        output.Begin();
        File.WriteAllText(Path.Combine(output.Output, "model.txt"), text);
        Directory.CreateDirectory(Path.Combine(output.Output, "below"));
        File.WriteAllText(Path.Combine(output.Output, "below", "more.txt"), text);
    }

    private string Content() => File.ReadAllText(Path.Combine(Target, "model.txt"));

    private static string[] Names(string path) =>
        [.. Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)!).Order(StringComparer.Ordinal)];
}
