using Sparsum.Cli.Commands;
using Sparsum.Cli.Options;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>
/// No option is ignored in silence. Each option of each verb stands in one of two tables: of those that count in every run that gets them
/// (or that name what is read and written), and of command lines in which one would do nothing and is refused.
/// </summary>
public sealed class IdleOptionTests : IClassFixture<IdleOptionTests.Inputs>
{
    private const string Prune = "prune MODEL -o OUT";
    private const string Train = "train BERT -o OUT --task sst2 --data TASKS";
    private const string Pretrain = "pretrain MODEL -o OUT --data TEXT";
    private const string Perplexity = "evaluate MODEL --perplexity TEXT";
    private const string Task = "evaluate BERT --task sst2 --data TASKS";
    private const string ZeroShot = "evaluate MODEL --zero-shot boolq --data TASKS";

    /// <summary>Command lines, and the option of each that would do nothing.</summary>
    private static readonly (string Option, string Line)[] Idle =
    [
        ("--layer", "inspect MODEL --layer all"),
        ("--data", "create MODEL -o OUT --data TEXT"),
        ("--tokenizer", "create MODEL -o OUT --data TEXT --train-tokenizer byte-bpe --tokenizer MODEL"),
        ("--train-tokenizer", "create MODEL -o OUT --train-tokenizer byte-bpe"),
        ("--vocabulary-size", "create MODEL -o OUT --vocabulary-size 300"),
        ("--format", "inspect MODEL --format svg"),
        ("--sparsity", $"{Prune} --pattern 2:4 --sparsity 0.5 --method magnitude"),
        ("--ratios", $"{Prune} --method magnitude --ratios RATIOS --sparsity 0.5"),
        ("--ratios", $"{Prune} --method magnitude --ratios RATIOS --allocation uniform"),
        ("--ratios", $"{Prune} --method magnitude --ratios RATIOS --pattern 2:4"),
        ("--rounding", $"{Prune} --method magnitude --ratios RATIOS --rounding equal"),
        ("--granularity", $"{Prune} --pattern 2:4 --granularity layer --method magnitude"),
        ("--calibration", $"{Prune} --method magnitude --calibration TEXT"),
        ("--calibration-rule", $"{Prune} --method magnitude --calibration-rule c4"),
        ("--calibration-rule", $"{Prune} --calibration IDS --calibration-rule c4"),
        ("--samples", $"{Prune} --method magnitude --samples 3"),
        ("--sequence-length", $"{Prune} --method magnitude --sequence-length 8"),
        ("--sequence-length", $"{Prune} --calibration IDS --sequence-length 8"),
        ("--rounding", $"{Prune} --method magnitude --rounding equal"),
        ("--rounding", $"{Prune} --calibration TEXT --allocation owl --pattern 2:4 --rounding equal"),
        ("--unseen-experts", $"{Prune} --calibration TEXT --unseen-experts magnitude"),
        ("--journal", $"{Prune} --calibration TEXT --journal block"),
        ("--set", $"{Prune} --calibration TEXT --set owl.m=3"),
        ("--group-size", $"{Prune} --method magnitude --group-size 8"),
        ("--dtype", $"{Prune} --method magnitude --quantize int8 --dtype float16"),
        ("--block-rows", $"{Prune} --calibration TEXT --refine dsnot --block-rows 4"),
        ("--resume", $"{Prune} --method magnitude --resume --force"),
        ("--set", $"{Train} --set l1.lambda=1"),
        ("--alpha", $"{Train} --method l1 --alpha 1"),
        ("--beta", $"{Train} --method l1 --beta 1"),
        ("--lambda", $"{Train} --method neuroprune --lambda 1"),
        ("--theta", $"{Train} --theta 0.1"),
        ("--head-criterion", $"{Train} --method l1 --head-criterion both"),
        ("--epsilon", $"{Train} --epsilon 0.1"),
        ("--penalty-mode", $"{Train} --method magnitude --sparsity 0.5 --penalty-mode proximal"),
        ("--sparsity", $"{Train} --sparsity 0.5"),
        ("--heads", $"{Train} --heads 4"),
        ("--micro-batch-size", $"{Train} --batch-size 8 --micro-batch-size 16"),
        ("--resume", $"{Train} --resume --force"),
        .. new[] { Train, Task }.SelectMany(verb => OfPairs.Select(option => (option.Split(' ')[0], $"{verb} {option}"))),
        .. new[] { Perplexity, ZeroShot }.SelectMany(verb => OfPairs.Append("--split test").Select(option => (option.Split(' ')[0], $"{verb} {option}"))),
        ("--split", $"{Task} --split test"),
        ("--batch-tokens", $"{Train} --batch-tokens 100"),
        ("--eval-generate", $"{Train} --eval-generate"),
        ("--max-eval-examples", $"{Train} --max-eval-examples 3"),
        ("--source-column", "train BERT -o OUT --task translation --source-language de --target-language en --data TASKS --source-column a"),
        ("--target-column", "train BERT -o OUT --task translation --source-language de --target-language en --data TASKS --target-column a"),
        ("--source-language", "train BERT -o OUT --task summarization --data TASKS --source-language de"),
        ("--target-language", "train BERT -o OUT --task summarization --data TASKS --target-language de"),
        ("--warmup-steps", $"{Train} --warmup 0.1 --warmup-steps 3"),
        ("--set", $"{Pretrain} --set l1.lambda=1"),
        ("--vocabulary-size", $"{Pretrain} --vocabulary-size 300"),
        ("--validation", $"{Pretrain} --validation TEXT --validation-share 0.1"),
        ("--tokenizer", $"{Pretrain} --train-tokenizer byte-bpe --tokenizer MODEL"),
        ("--train-tokenizer", $"{Pretrain} --train-tokenizer byte-bpe --continue"),
        ("--positions", $"{Pretrain} --positions sinusoidal"),
        ("--positions", $"{Pretrain} --positions sinusoidal --continue"),
        ("--steps", $"{Pretrain} --steps 3 --epochs 2"),
        ("--micro-batch-size", $"{Pretrain} --micro-batch-size 64"),
        ("--resume", $"{Pretrain} --resume --force"),
        ("--uniform", "compact MODEL -o OUT --uniform"),
        ("--round-to", "compact MODEL -o OUT --format dense --round-to 8"),
        ("--revision", "pull owner/name@main --revision other"),
        ("--endpoint", "pull owner/name --endpoint http://localhost:1 --offline"),
        ("--revision", "pull wikitext2 --revision other"),
        ("--dtype", "convert MODEL -o OUT --dtype q8_0"),
        ("--dtype", "convert MODEL -o OUT --to onnx --dtype bf16"),
        ("--states", "convert MODEL -o OUT --states"),
        ("-o", "convert MODEL -o OUT.gguf"),
        ("--perplexity", $"{Task} --perplexity TEXT"),
        ("--perplexity", $"{ZeroShot} --perplexity TEXT"),
        ("--task", $"{ZeroShot} --task sst2"),
        ("--data", $"{Perplexity} --data TASKS"),
        ("--batch-size", $"{Perplexity} --batch-size 4"),
        ("--max-length", $"{Perplexity} --max-length 16"),
        ("--max-length", $"{ZeroShot} --max-length 16"),
        ("--details", $"{Perplexity} --details OUT"),
        ("--details", $"{Task} --details OUT"),
        ("--window", $"{Task} --window 16"),
        ("--window", $"{ZeroShot} --window 16"),
        ("--window", "evaluate MODEL --perplexity IDS --window 16"),
        ("--protocol", $"{Task} --protocol joined"),
        ("--protocol", $"{ZeroShot} --protocol joined"),
        ("--protocol", "evaluate MODEL --perplexity IDS --protocol joined"),
        ("--windows", $"{Task} --windows 1"),
        ("--windows", $"{ZeroShot} --windows 1"),
        ("--column", $"{Task} --column text"),
        ("--column", $"{ZeroShot} --column text"),
        ("--column", "evaluate MODEL --perplexity PLAIN --column text"),
        ("--column", "evaluate MODEL --perplexity IDS --column text"),
        ("--documents", $"{Task} --documents 0..1"),
        ("--documents", $"{Perplexity} --protocol c4 --documents 0..1"),
        ("--documents", "evaluate MODEL --perplexity IDS --documents 0..1"),
        ("--streaming", $"{Task} --streaming"),
        ("--streaming", $"{ZeroShot} --streaming"),
        ("--storage", $"{Perplexity} --streaming --storage int8"),
        ("--storage", "forward MODEL --input LABELS -o OUT --gradients --storage int8"),
        ("--system", "generate MODEL --prompt a --system b"),
        ("--prompt", "generate MODEL --prompt a --input PLAIN"),
        ("--chat", "generate MODEL --input IDS --chat"),
        ("--batch", "generate MODEL --prompt a --batch 2"),
        ("--batch", "generate MODEL --input IDS --batch 2"),
        ("--cache", "generate MODEL --prompt a --cache int8 --generation-config UNCACHED"),
        ("--cache", "bench BERT --cache int8"),
        ("--top-k", "generate MODEL --prompt a --top-k 3"),
        ("--top-p", "generate MODEL --prompt a --top-p 0.5"),
        ("--length-penalty", "generate MODEL --prompt a --length-penalty 2"),
        ("--early-stopping", "generate MODEL --prompt a --early-stopping true"),
        ("--num-beams", "generate MODEL --prompt a --num-beams 2 --temperature 1"),
        ("--no-stemming", "score --metric bleu --hypotheses PLAIN --references PLAIN --no-stemming"),
        ("--tokenize", "score --metric rouge --hypotheses PLAIN --references PLAIN --tokenize none"),
        ("--lowercase", "score --metric ter --hypotheses PLAIN --references PLAIN --lowercase"),
        ("--set-variable", "sweep RECIPE --set-variable b=1 -o OUT"),
        ("--slurm", "sweep RECIPE --slurm time=10 -o OUT"),
        ("--engine", "sweep RECIPE --tables-only --engine slurm -o OUT"),
    ];

    /// <summary>Options of tasks whose examples are two texts.</summary>
    private static string[] OfPairs =>
    [
        "--source-language de", "--target-language en", "--source-column a", "--target-column b", "--prefix p", "--max-target-length 9",
        "--num-beams 2", "--length-penalty 2", "--no-repeat-ngram-size 2", "--early-stopping true", "--generation-config MODEL",
    ];

    /// <summary>Options that count whatever else is given. A preset, a limit or a permission may change nothing where there is nothing to change.</summary>
    private static readonly Dictionary<string, string> AlwaysCount = new()
    {
        ["demo"] = "-o --budget --force",
        ["create"] = "-o --force",
        ["inspect"] = "--epsilon --picture",
        ["corpus"] = "-o --sdk --force",
        ["pretrain"] = "-o --data --objective --continue --validation-share --sequence-length --batch-size --epochs --learning-rate --schedule --warmup "
            + "--label-smoothing --adam-betas --activations --recompute --weight-decay --max-gradient-norm --dtype --checkpoint-steps --method --compatible --tensorboard --engine --force",
        ["prune"] = "-o --method --refine --allocation --include --exclude --pattern --quantize --shard-size --dtype --max-memory --compatible --verdict --engine --force",
        ["train"] = "-o --task --data --method --compatible --epochs --batch-size --learning-rate --schedule --warmup --label-smoothing --adam-betas --activations --recompute "
            + "--weight-decay --max-gradient-norm --max-length --max-examples --fresh-head --eval-steps --best --checkpoint-steps --dtype --verdict --tensorboard --engine --force",
        ["compact"] = "-o --format --shard-size --dtype --verdict --force",
        ["convert"] = "--to --force",
        ["evaluate"] = "--zero-shot",
        ["bench"] = "--baseline --batch --length --runs --storage",
        ["forward"] = "--input -o --hidden-states --gradients --allow-non-finite",
        ["tokenize"] = "--input --decode --no-special-tokens",
        ["generate"] = "--input --max-new-tokens --temperature --no-repeat-ngram-size --generation-config --storage",
        ["pull"] = "-o --force",
        ["score"] = "--metric --hypotheses --references",
        ["report"] = "-o --title --force",
        ["sweep"] = "-o --parallel --records --tables-only --dry-run --force",
    };

    private readonly Inputs inputs;

    public IdleOptionTests(Inputs inputs) => this.inputs = inputs;

    public static TheoryData<string, string> Lines
    {
        get
        {
            var lines = new TheoryData<string, string>();
            Array.ForEach(Idle, entry => lines.Add(entry.Option, entry.Line));
            return lines;
        }
    }

    public static TheoryData<string> Verbs => [.. AlwaysCount.Keys];

    [Theory]
    [MemberData(nameof(Lines))]
    public void An_option_that_would_do_nothing_is_refused(string option, string line)
    {
        var run = CliRun.Of([.. line.Split(' ').Select(inputs.Resolve), "--json"]);

        Assert.True(run.ExitCode == 2, run.ToString());
        var error = run.Json.GetProperty("error");
        Assert.Contains(
            error.GetProperty("code").GetString(),
            new[] { "unused-option", "conflicting-options", "invalid-option", "no-target", "missing-option", "unknown-variable" });
        Assert.Contains(option.TrimStart('-'), error.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(inputs.Resolve("OUT")));
    }

    [Theory]
    [MemberData(nameof(Verbs))]
    public void Every_option_of_a_verb_is_in_a_table(string name)
    {
        var verb = SparsumCommand.CreateRoot(new CommonOptions()).Subcommands.OfType<Verb>().Single(verb => verb.Name == name);
        string[] options = [.. verb.Options.Where(option => option.Action is null).Select(option => option.Name)];

        // The targets and strengths of sparse training are tested once, with train.
        string[] idle = [.. Idle.Where(entry => Is(entry.Line, name) || (name == "pretrain" && Is(entry.Line, "train"))).Select(entry => entry.Option)];

        Assert.Empty(options.Except([.. idle, .. AlwaysCount[name].Split(' ')]));
        Assert.Empty(AlwaysCount[name].Split(' ').Except(options));

        static bool Is(string line, string verb) => line.StartsWith(verb + " ", StringComparison.Ordinal);
    }

    [Fact]
    public void Every_verb_has_a_table() => Assert.Equal(
        SparsumCommand.CreateRoot(new CommonOptions()).Subcommands.OfType<Verb>().Where(verb => !verb.Hidden).Select(verb => verb.Name).Order(), AlwaysCount.Keys.Order());

    [Fact]
    public void Inputs_and_lengths_that_a_model_cannot_use_are_told_of()
    {
        var forward = CliRun.Of("forward", inputs.Resolve("MODEL"), "--input", inputs.Resolve("TYPES"), "-o", inputs.Resolve("TENSORS"));
        var evaluated = CliRun.Of("evaluate", inputs.Resolve("BERT"), "--task", "sst2", "--data", inputs.Resolve("TASKS"), "--max-length", "512");

        Assert.Contains("warning: 'token_type_ids' of", forward.Error, StringComparison.Ordinal);
        Assert.Contains("warning: --max-length is 512, and the model has 32 positions", evaluated.Error, StringComparison.Ordinal);
    }

    /// <summary>Small models and files for all of the lines.</summary>
    public sealed class Inputs : IDisposable
    {
        private readonly TemporaryFolder folder = new();

        public Inputs()
        {
            TinyModel.Write(folder["MODEL"]);
            TinyClassifier.Write(folder["BERT"], ["0", "1"]);
            TinyClassifier.WriteSst2(Directory.CreateDirectory(folder["TASKS"]).FullName);
            TinyModel.WriteText(folder["TEXT"]);
            folder.Write("PLAIN", "one line\n")
                .Write("IDS", """{"input_ids": [[1, 2, 3, 4], [5, 6, 7, 8]]}""")
                .Write("UNCACHED", """{"use_cache": false}""")
                .Write("LABELS", """{"input_ids": [[1, 2, 3]], "labels": [[1, 2, 3]]}""")
                .Write("TYPES", """{"input_ids": [[1, 2, 3]], "token_type_ids": [[0, 0, 0]]}""")
                .Write("RATIOS", """{"0": 0.5, "1": 0.5}""")
                .Write("RECIPE", """{"name": "r", "variables": {"a": [1]}, "steps": [{"name": "s", "verb": "inspect", "arguments": ["m"]}]}""");
        }

        /// <summary>The path that a word in capitals stands for; any other word as it is.</summary>
        public string Resolve(string word) => word.Length > 1 && char.IsUpper(word[0]) && char.IsUpper(word[1]) ? folder[word] : word;

        public void Dispose() => folder.Dispose();
    }
}
