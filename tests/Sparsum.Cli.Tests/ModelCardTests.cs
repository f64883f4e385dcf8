using Sparsum.Cli.Cards;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Sparsum.Cli.Tests;

public sealed class ModelCardTests : IDisposable
{
    private const string BaseCard = "---\nlicense: other\nlicense_name: my-own\nlicense_link: https://example.org/a?b=c#d\nlanguage: [en, \"no\"]\npipeline_tag: text-generation\nbase_model: somebody/else\ntags: [theirs]\n---\n# The base\n";

    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public ModelCardTests() => model = TinyModel.Write(folder["tiny"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_pruned_model_says_where_it_comes_from_and_how_it_is_made_again()
    {
        File.WriteAllText(Path.Combine(model, "README.md"), BaseCard);

        Done("prune", model, "-o", folder["out"], "--method", "magnitude", "--sparsity", "0.25", "--threads", "1", "--json");

        Assert.Equal(BaseCard, File.ReadAllText(Path.Combine(folder["out"], ModelCard.BaseFileName)));
        string card = File.ReadAllText(Path.Combine(folder["out"], ModelCard.FileName));
        var head = Head(card);
        Assert.Equal("other", Text(head, "license"));
        Assert.Equal("my-own", Text(head, "license_name"));
        Assert.Equal("https://example.org/a?b=c#d", Text(head, "license_link"));
        Assert.Equal("text-generation", Text(head, "pipeline_tag"));
        Assert.Equal("transformers", Text(head, "library_name"));
        Assert.Equal(["en", "no"], List(head, "language"));
        Assert.Equal(["sparsum", "pruned", "magnitude"], List(head, "tags"));

        // What the base model was made from is not what this one was.
        Assert.False(head.Children.ContainsKey(new YamlScalarNode("base_model")));
        Assert.Contains("| sparsity | 25.00 % of ", card, StringComparison.Ordinal);
        Assert.Contains("| quality | not measured in this run |", card, StringComparison.Ordinal);
        Assert.Contains($"\nsparsum prune {model} -o OUT --method magnitude --sparsity 0.25\n", card, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_run_writes_the_same_card_and_a_chain_keeps_all_of_its_steps()
    {
        File.WriteAllText(Path.Combine(model, "README.md"), BaseCard);
        Done("prune", model, "-o", folder["a"], "--method", "magnitude", "--sparsity", "0.9");
        Done("prune", model, "-o", folder["b"], "--method", "magnitude", "--sparsity", "0.9", "--threads", "2", "--quiet");
        Done("compact", folder["a"], "-o", folder["small"]);

        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["a"], "README.md")), File.ReadAllBytes(Path.Combine(folder["b"], "README.md")));
        string card = File.ReadAllText(Path.Combine(folder["small"], "README.md"));
        Assert.Equal(BaseCard, File.ReadAllText(Path.Combine(folder["small"], ModelCard.BaseFileName)));
        Assert.Equal(
            [$"sparsum prune {model} -o OUT --method magnitude --sparsity 0.9", $"sparsum compact {folder["a"]} -o OUT"], CardText.Steps(card));
        Assert.Equal("other", Text(Head(card), "license"));
        Assert.Equal("sparsum", Text(Head(card), "library_name"));
        Assert.Equal(["sparsum", "pruned", "magnitude", "compacted"], List(Head(card), "tags"));
    }

    [Fact]
    public void Every_verb_that_writes_a_model_writes_a_card()
    {
        string data = TinyClassifier.WriteSst2(Directory.CreateDirectory(folder["sst2"]).FullName);
        Done("train", TinyClassifier.Write(folder["bert"]), "-o", folder["trained"], "--task", "sst2", "--data", data, "--epochs", "1");
        Done("pretrain", model, "-o", folder["pretrained"], "--data", TinyModel.WriteText(folder["text.jsonl"]), "--steps", "1", "--sequence-length", "16", "--validation-share", "0.5");
        File.WriteAllText(Path.Combine(model, "README.md"), BaseCard);
        Done("convert", model, "-o", folder["converted"], "--to", "gguf");

        string trained = File.ReadAllText(Path.Combine(folder["trained"], "README.md"));
        Assert.Equal("text-classification", Text(Head(trained), "pipeline_tag"));
        Assert.Matches(@"\| quality \| accuracy [01]\.\d{4}, on 32 examples", trained);
        Assert.Matches(@"\| protocol \| epochs 1, batchSize \d+, ", trained);
        Assert.DoesNotContain("seconds", trained, StringComparison.OrdinalIgnoreCase);
        string pretrained = File.ReadAllText(Path.Combine(folder["pretrained"], "README.md"));
        Assert.Contains("# A model, pretrained", pretrained, StringComparison.Ordinal);
        Assert.Matches(@"\| quality \| perplexity \d", pretrained);
        var converted = Head(File.ReadAllText(Path.Combine(folder["converted"], "README.md")));
        Assert.Equal(["sparsum", "gguf"], List(converted, "tags"));
        Assert.Equal("text-generation", Text(converted, "pipeline_tag"));
        Assert.Equal("other", Text(converted, "license"));
        Assert.Equal(BaseCard, File.ReadAllText(Path.Combine(folder["converted"], ModelCard.BaseFileName)));
    }

    [Fact]
    public void The_perplexity_of_a_verdict_stands_in_the_card()
    {
        var run = Done("prune", model, "-o", folder["out"], "--calibration", TinyModel.WriteText(folder["text.jsonl"]), "--samples", "2", "--sequence-length", "16", "--verdict", "quick", "--json");

        double now = run.Json.GetProperty("verdict").GetProperty("quality").GetProperty("now").GetDouble();
        Assert.Contains(
            FormattableString.Invariant($" → {now:F2}"), File.ReadAllText(Path.Combine(folder["out"], "README.md")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("---\nlicense: [\n---\n")]
    [InlineData("---\nlicense: &a b\n---\n")]
    [InlineData("---\nlicense: {a: b}\nlicense: c\n---\n")]
    public void A_base_card_that_is_damaged_is_told_of_and_kept(string text)
    {
        File.WriteAllText(Path.Combine(model, "README.md"), text);

        var run = Done("prune", model, "-o", folder["out"], "--method", "magnitude");

        Assert.Contains("warning: nothing is taken over from the card of the base model", run.Error, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(Path.Combine(folder["out"], ModelCard.BaseFileName)));
        Assert.False(Head(File.ReadAllText(Path.Combine(folder["out"], "README.md"))).Children.ContainsKey(new YamlScalarNode("license")));
    }

    [Theory]
    [InlineData("plain-text_1.0/x")]
    [InlineData("no")]
    [InlineData("1.0")]
    [InlineData("")]
    [InlineData("- a: b # c")]
    [InlineData("\"quotes\" and \\ 'more'\n\ttab\r")]
    [InlineData("Größe 😀 \u2028\u0085\ufeff\0")]
    [InlineData("@at `tick` %percent !bang &anchor *alias")]
    public void Every_text_comes_back_from_the_head(string text) =>
        Assert.Equal(text, Text(Head(new YamlHead().Add("key", text).Add("tags", [text]) + "rest"), "key"));

    [Fact]
    public void Names_cannot_break_out_of_the_card()
    {
        var card = new ModelCard
        {
            BaseName = "a|b\n---\n<script>",
            BaseRepository = "owner/na: me",
            Done = "pruned",
            Facts = [("data", "x | y\n| evil | row |")],
            Command = CardText.Shell(["sparsum", "prune", "it's $HOME `x`\n```", "-o", "OUT"]),
        };
        TinyModel.Write(folder["out"]);

        card.Write(folder["out"]);

        string text = File.ReadAllText(Path.Combine(folder["out"], "README.md"));
        Assert.Equal("owner/na: me", Text(Head(text), "base_model"));
        Assert.DoesNotContain("<script>", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\n| evil", text, StringComparison.Ordinal);
        Assert.Equal(["sparsum prune 'it'\\''s $HOME `x` ```' -o OUT"], CardText.Steps(text));
    }

    private static CliRun Done(params string[] args)
    {
        var run = CliRun.Of(args);
        Assert.True(run.ExitCode == 0, run.ToString());
        return run;
    }

    /// <summary>The head, as another reader of YAML finds it.</summary>
    private static YamlMappingNode Head(string card)
    {
        Assert.StartsWith("---\n", card, StringComparison.Ordinal);
        var stream = new YamlStream();
        stream.Load(new StringReader(card[4..card.IndexOf("\n---\n", 4, StringComparison.Ordinal)]));
        return (YamlMappingNode)stream.Documents[0].RootNode;
    }

    private static string? Text(YamlMappingNode head, string key) => ((YamlScalarNode)head.Children[new YamlScalarNode(key)]).Value;

    private static IEnumerable<string?> List(YamlMappingNode head, string key) =>
        ((YamlSequenceNode)head.Children[new YamlScalarNode(key)]).Children.Select(node => ((YamlScalarNode)node).Value);
}
