using System.Text.Json;
using System.Text.Json.Nodes;
using Sparsum.Cli.Tests.Support;
using Sparsum.Testing;
using Xunit;

namespace Sparsum.Cli.Tests;

/// <summary>The verbs that read or write text: tokenize and generate.</summary>
public sealed class TextVerbTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string model;

    public TextVerbTests() => model = TinyModel.Write(folder["model"]);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_line_has_its_ids_also_the_empty_one()
    {
        File.WriteAllText(folder["lines.txt"], "ab\n\né\r\n");

        var run = CliRun.Of("tokenize", model, "--input", folder["lines.txt"], "--decode", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        var expected = JsonNode.Parse(
            """
            [
              { "text": "ab", "ids": [97, 98], "decoded": "ab" },
              { "text": "", "ids": [], "decoded": "" },
              { "text": "é", "ids": [195, 169], "decoded": "é" }
            ]
            """);
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(run.Output)!["items"]), run.Output);
    }

    [Fact]
    public void Tokenizer_files_are_enough()
    {
        File.Delete(Path.Combine(model, "model.safetensors"));
        File.WriteAllText(folder["texts.json"], """["a", "two\nlines"]""");

        var run = CliRun.Of("tokenize", model, "--input", folder["texts.json"]);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal("97\n116 119 111 10 108 105 110 101 115\n", run.Output.ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("float32")]
    [InlineData("int8")]
    public void A_text_does_not_depend_on_how_many_are_written_at_a_time(string cache)
    {
        File.WriteAllLines(folder["texts.txt"], ["ab", "cde", "a", "fghi", "ab"]);
        string[] Generate(string batch, params string[] more) =>
        [
            .. CliRun.Of(["generate", model, "--input", folder["texts.txt"], "--batch", batch, "--cache", cache, "--max-new-tokens", "9", "--json", .. more])
                .Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("ids").ToString()),
        ];

        Assert.Equal(Generate("1"), Generate("3"));
        Assert.Equal(Generate("1", "--num-beams", "3"), Generate("4", "--num-beams", "3"));
        string[] sampled = Generate("2", "--temperature", "2");
        Assert.Equal(sampled, Generate("5", "--temperature", "2"));
        Assert.NotEqual(sampled[0], sampled[4]);
    }

    [Fact]
    public void The_same_seed_gives_the_same_text_and_another_seed_another()
    {
        string Generate(string seed) => CliRun.Of(
            "generate", model, "--prompt", "ab", "--max-new-tokens", "12", "--temperature", "1.5", "--top-k", "50", "--seed", seed, "--json")
            .Json.GetProperty("items").ToString();

        Assert.Equal(Generate("1"), Generate("1"));
        Assert.NotEqual(Generate("1"), Generate("2"));
    }

    [Theory]
    [InlineData("--top-k", "5")]
    [InlineData("--top-p", "0.9")]
    public void A_choice_among_tokens_is_refused_where_nothing_is_sampled(string option, string value)
    {
        var error = CliRun.Of("generate", model, "--prompt", "ab", option, value, "--json").Json.GetProperty("error");

        Assert.Equal("conflicting-options", error.GetProperty("code").GetString());
        Assert.Equal(option, error.GetProperty("file").GetString());
    }

    [Fact]
    public void Prompts_of_a_file_are_continued_as_each_alone_would_be()
    {
        string[] prompts = ["ab", "a longer prompt", "c"];
        File.WriteAllLines(folder["prompts.txt"], prompts);

        var together = CliRun.Of("generate", model, "--input", folder["prompts.txt"], "--max-new-tokens", "6", "--json");

        Assert.True(together.ExitCode == 0, together.ToString());
        for (int i = 0; i < prompts.Length; i++)
        {
            var alone = CliRun.Of("generate", model, "--prompt", prompts[i], "--max-new-tokens", "6", "--json");
            Assert.Equal(alone.Json.GetProperty("items")[0].ToString(), together.Json.GetProperty("items")[i].ToString());
            Assert.InRange(alone.Json.GetProperty("items")[0].GetProperty("ids").GetArrayLength(), 1, 6);
        }
    }

    [Fact]
    public void An_encoder_with_a_decoder_answers_each_line_alone()
    {
        string pair = TinyModel.WriteT5(folder["pair"]);
        string[] sources = ["ab", "a longer source", "c"];
        File.WriteAllLines(folder["sources.txt"], sources);

        var together = CliRun.Of("generate", pair, "--input", folder["sources.txt"], "--max-new-tokens", "6", "--json");
        var text = CliRun.Of("generate", pair, "--input", folder["sources.txt"], "--max-new-tokens", "6");

        Assert.True(together.ExitCode == 0, together.ToString());
        var items = together.Json.GetProperty("items");
        for (int i = 0; i < sources.Length; i++)
        {
            var alone = CliRun.Of("generate", pair, "--prompt", sources[i], "--max-new-tokens", "6", "--json");
            Assert.Equal(alone.Json.GetProperty("items")[0].ToString(), items[i].ToString());
            Assert.Equal(6, items[i].GetProperty("ids").GetArrayLength());
        }

        // What is printed is the answers, not the sources with them.
        string printed = string.Concat(items.EnumerateArray().Select(item => item.GetProperty("text").GetString() + "\n"));
        Assert.Equal(printed.ReplaceLineEndings("\n"), text.Output.ReplaceLineEndings("\n"));
    }

    [SharedFact("oracle/generation")]
    public void Beams_over_ids_give_the_sequences_and_scores_of_the_reference()
    {
        var reference = JsonDocument.Parse(File.ReadAllText(SharedFiles.Path("oracle", "generation", "beams_t5_v1_1.json"))).RootElement;
        var wanted = reference.GetProperty("cases")[3];
        File.WriteAllText(
            folder["ids.json"],
            $$"""{ "input_ids": {{reference.GetProperty("input_ids")}}, "attention_mask": {{reference.GetProperty("attention_mask")}} }""");
        File.WriteAllText(
            folder["settings.json"],
            $$"""{ "eos_token_id": {{reference.GetProperty("eos_token_id")}}, "early_stopping": true, "length_penalty": 2.0, "num_beams": 4, "max_new_tokens": 14 }""");
        string t5 = SharedFiles.Path("oracle", "models", "t5_v1_1");

        var run = CliRun.Of("generate", t5, "--input", folder["ids.json"], "--generation-config", folder["settings.json"], "--json");
        var flags = CliRun.Of(
            "generate", t5, "--input", folder["ids.json"], "--generation-config", folder["settings.json"], "--num-beams", "3", "--early-stopping", "never", "--length-penalty", "0.5",
            "--no-repeat-ngram-size", "2", "--max-new-tokens", "5", "--json");

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Equal(Compact(wanted.GetProperty("sequences")), Compact(run.Json.GetProperty("sequences")));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(wanted.GetProperty("sequences_scores")[i].GetDouble(), run.Json.GetProperty("sequences_scores")[i].GetDouble(), 1e-4);
        }

        Assert.True(flags.ExitCode == 0, flags.ToString());
        Assert.NotEqual(Compact(run.Json.GetProperty("sequences_scores")), Compact(flags.Json.GetProperty("sequences_scores")));
        Assert.InRange(flags.Json.GetProperty("sequences")[0].GetArrayLength(), 2, 6);

        static string Compact(JsonElement value) => JsonSerializer.Serialize(value);
    }

    [Theory]
    [InlineData("conflicting-options", "--length-penalty", "2")]
    [InlineData("conflicting-options", "--early-stopping", "true")]
    [InlineData("conflicting-options", "--num-beams", "2", "--temperature", "1")]
    [InlineData("invalid-option", "--num-beams", "0")]
    [InlineData("invalid-option", "--num-beams", "2", "--early-stopping", "yes")]
    [InlineData("missing-file", "--generation-config", "none.json")]
    public void Generation_settings_that_do_nothing_or_do_not_fit_are_refused(string code, params string[] args)
    {
        var run = CliRun.Of(["generate", model, "--prompt", "ab", .. args, "--json"]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(code, run.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Masks_with_holes_are_refused()
    {
        File.WriteAllText(folder["ids.json"], """{ "input_ids": [[1, 2, 3]], "attention_mask": [[1, 0, 1]] }""");
        var run = CliRun.Of("generate", model, "--input", folder["ids.json"], "--json");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("malformed-input", run.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Many_lines_come_out_whole_and_in_order()
    {
        // More than what is written at once, so that the document is made in several parts.
        string[] lines = [.. Enumerable.Range(0, 3_000).Select(i => $"line {i} é")];
        File.WriteAllLines(folder["lines.txt"], lines);
        var items = CliRun.Of("tokenize", model, "--input", folder["lines.txt"], "--decode", "--json").Json.GetProperty("items");
        Assert.Equal(lines, items.EnumerateArray().Select(item => item.GetProperty("decoded").GetString()));
    }

    [Fact]
    public void A_message_is_written_in_the_models_chat_form()
    {
        const string template = @"{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
        string path = Path.Combine(model, "tokenizer_config.json");
        var config = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : [];
        config["chat_template"] = template;
        File.WriteAllText(path, config.ToJsonString());

        var answer = CliRun.Of("generate", model, "--prompt", "hi", "--system", "be", "--chat", "--max-new-tokens", "4", "--json");
        var written = CliRun.Of(
            "generate", model, "--prompt", "<|im_start|>system\nbe<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n", "--max-new-tokens", "4", "--json");

        Assert.True(answer.ExitCode == 0, answer.ToString());
        Assert.Equal(
            written.Json.GetProperty("items")[0].GetProperty("ids").ToString(), answer.Json.GetProperty("items")[0].GetProperty("ids").ToString());
        Assert.Equal(2, CliRun.Of("generate", model, "--prompt", "hi", "--system", "be", "--json").ExitCode);
    }

    [Fact]
    public void A_prompt_far_beyond_the_positions_is_refused_at_once()
    {
        File.WriteAllText(folder["long.txt"], new string('a', 300_000));
        var run = CliRun.Of("generate", model, "--input", folder["long.txt"], "--json");
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("sequence-too-long", run.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData]
    [InlineData("--prompt", "a", "--input", "b.txt")]
    [InlineData("--prompt", "a", "--top-p", "0")]
    [InlineData("--prompt", "a", "--temperature", "-1")]
    [InlineData("--prompt", "a", "--max-new-tokens", "0")]
    [InlineData("--prompt", "")]
    public void Prompts_and_settings_that_make_no_sense_are_refused(params string[] args)
    {
        var run = CliRun.Of(["generate", model, .. args, "--json"]);

        Assert.True(run.ExitCode == 2, run.ToString());
        Assert.NotEmpty(run.Json.GetProperty("error").GetProperty("message").GetString()!);
    }
}
