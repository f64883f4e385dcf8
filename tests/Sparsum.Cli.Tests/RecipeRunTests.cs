using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>
/// The recipes that come with the product, run on models of a few thousand weights: every kind of run ends, and every table finds its
/// figures. A dry run sees neither an option that a verb refuses beside another nor a path that no document has.
/// </summary>
public sealed class RecipeRunTests : IClassFixture<RecipeRunTests.Inputs>
{
    private const string Decoder = "model=DECODER calibration=TEXT samples=16 length=32 seed=0";
    private const string Texts = "wikitext2=PLAIN ptb=PLAIN c4=TEXT";
    private const string Encoder = "model=ENCODER glue=TASKS task=sst2 epochs=1 length=16 seed=0";
    private const string Writer = "batch=8 epochs=1 length=16 measured=4 seed=0";

    private readonly Inputs inputs;

    public RecipeRunTests(Inputs inputs) => this.inputs = inputs;

    [Theory]
    [InlineData("allocation-settings", $"{Decoder} text=PLAIN windows=2 window=32")]
    [InlineData("calibration-data", "model=DECODER text=PLAIN windows=2 window=32 length=32 seed=0 c4=TEXT wikitext2=PLAIN ptb=PLAIN allocation=owl samples=[8,16]")]
    [InlineData("head-criterion", $"{Encoder} heads=6 examples=32")]
    [InlineData("minilm-glue", $"{Encoder} target=0.5 heads=4 examples=32")]
    [InlineData("neuronal-lambdas", $"{Decoder} text=PLAIN windows=2 sparsity=[0.5,0.6] method=wanda")]
    [InlineData("neuronal-patterns", $"{Decoder} text=PLAIN form=[\"N:8\",\"4x1\"]")]
    [InlineData("neuronal-steps", $"{Decoder} text=PLAIN windows=2 window=32 sparsity=0.5")]
    [InlineData("one-shot-tables", $"{Decoder} {Texts} method=[\"magnitude\",\"wanda\"] sparsity=0.5")]
    [InlineData("published-protocol", "model=ENCODER glue=TASKS task=sst2 epochs=1 seed=0 alpha=1e-3 beta=1e-3 theta=0.25 lambda=1e-3 examples=32")]
    [InlineData("smollm2-best", $"{Decoder} {Texts} window=32 tasks=ZERO-SHOT documents=0..1 method=[\"dense\",\"wanda\"]")]
    [InlineData("smollm2-tables", $"model=DECODER calibration=LONG {Texts} windows=2 window=32 seed=0 method=[\"dense\",\"magnitude\",\"sparsegpt\"] top-up=[\"none\",\"uniform\",\"dsnot\",\"owl\",\"alphapruning\"]")]
    [InlineData("sparse-pretraining", $"{Encoder} text=LINES validation=LINES target=0.5 pretraining-steps=2 pretraining-length=16 examples=32")]
    [InlineData("sparse-training-tables", $"{Encoder} target=0.5 heads=[4] examples=32")]
    [InlineData("sparse-transfer", "model=ENCODER glue=TASKS from=sst2 to=sst2 target=0.5 epochs=1 length=16 seed=0")]
    [InlineData("summarization-tables", $"model=TRANSLATOR articles=ARTICLES target=0.5 target-length=12 documents=1..2 {Writer}")]
    [InlineData("top-up-runtime", $"{Decoder} text=PLAIN windows=2 window=32 sparsity=0.5 top-up=[\"uniform\",\"dsnot\",\"besa\",\"dsa\"]")]
    [InlineData("translation-heads", $"model=TRANSLATOR pairs=PAIRS heads=8 strength=1e-3 tokens=200 epochs=1 length=16 measured=4 seed=0")]
    public void Every_run_ends_and_every_table_finds_its_figures(string recipe, string variables)
    {
        using var folder = new TemporaryFolder();
        var names = variables.Split(' ').Select(inputs.Resolve);

        var run = CliRun.Of(
            ["sweep", Repository.Path("recipes", recipe + ".json"), "-o", folder["out"], .. names.SelectMany(name => (string[])["--set-variable", name]), "--json"]);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.True(run.Json.GetProperty("done").GetInt32() > 1, run.ToString());
        Assert.Empty(run.Error.Split('\n').Where(line => line.Contains("no finished run has a number", StringComparison.Ordinal)).Take(1));
    }

    [Fact]
    public void Every_recipe_is_run()
    {
        var run = typeof(RecipeRunTests).GetMethod(nameof(Every_run_ends_and_every_table_finds_its_figures))!
            .GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(InlineDataAttribute))
            .Select(attribute => ((IReadOnlyList<System.Reflection.CustomAttributeTypedArgument>)attribute.ConstructorArguments[0].Value!)[0].Value + ".json");

        Assert.Equal(Directory.GetFiles(Repository.Path("recipes")).Select(Path.GetFileName).Order(), run.Order());
    }

    /// <summary>Small models and files for all of the recipes.</summary>
    public sealed class Inputs : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Inputs()
        {
            TinyModel.Write(folder["DECODER"]);
            TinyModel.EditConfig(folder["DECODER"], config => config["max_position_embeddings"] = 2048);
            File.WriteAllLines(folder["TEXT"], Documents(words: 3));
            File.WriteAllLines(folder["LONG"], Documents(words: 110));
            ZeroShotSamples.Write(folder["ZERO-SHOT"]);
            TinyClassifier.Write(folder["ENCODER"], ["0", "1"]);
            TinyClassifier.WriteSst2(folder["TASKS"]);
            string[] sentences = [.. Enumerable.Range(0, 40).Select(i => $"the film is {(i % 3 == 0 ? "good" : "bad")} a story very fine the plot is dull {i % 7}")];
            folder.Write("PLAIN", string.Join(" \n", sentences))
                .Write("LINES", string.Join("\n", sentences))
                .Write("config.json", """
                    {
                      "model_type": "marian", "vocab_size": 400, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 4,
                      "decoder_attention_heads": 4, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 64
                    }
                    """);
            foreach (string split in (string[])["train", "validation", "test"])
            {
                folder.Write($"PAIRS/{split}.de", string.Join("\n", sentences[..8].Select(each => "das " + each)))
                    .Write($"PAIRS/{split}.en", string.Join("\n", sentences[..8]))
                    .Write($"ARTICLES/{split}.csv", "id,article,highlights\n" + string.Join("\n", sentences[..8].Select((each, i) => $"{i},{each} and more,{each}")));
            }

            var created = CliRun.Of("create", folder["config.json"], "-o", folder["TRANSLATOR"], "--train-tokenizer", "seq2seq-bpe", "--vocabulary-size", "380", "--data", folder["LINES"]);
            Assert.True(created.ExitCode == 0, created.ToString());
        }

        /// <summary>The same with the path that a value in capitals stands for.</summary>
        public string Resolve(string variable) => variable.Split('=') is [var name, [>= 'A' and <= 'Z', >= 'A' and <= 'Z', ..] value] ? $"{name}={folder[value]}" : variable;

        public void Dispose() => folder.Dispose();

        private static string[] Documents(int words) =>
            [.. Enumerable.Range(0, 40).Select(i => $$"""{"text": "Document {{i}} says that sparse models{{string.Concat(Enumerable.Repeat(" " + new string((char)('a' + (i % 26)), 9), words))}}."}""")];
    }
}
