using Microsoft.Extensions.AI;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Testing;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Extensions.AI.Tests;

/// <summary>Conversations, against the generator used directly.</summary>
public sealed class ChatTests(ModelFixture models) : IClassFixture<ModelFixture>
{
    private const string Prompt = "Returns the";
    private const string Rendered = $"<|im_start|>user\n{Prompt}<|im_end|>\n<|im_start|>assistant\n";

    [Fact]
    public async Task An_answer_is_what_the_generator_writes()
    {
        var (ids, text, prompt) = Generate(Rendered, new GenerationOptions { MaxNewTokens = 24 });
        var response = await models.Client.GetResponseAsync(Prompt);

        Assert.Equal(text, response.Text);
        Assert.Equal((prompt, ids.Length, prompt + ids.Length), ((int)response.Usage!.InputTokenCount!, (int)response.Usage.OutputTokenCount!, (int)response.Usage.TotalTokenCount!));
        Assert.Equal(ids.Length < 24 ? ChatFinishReason.Stop : ChatFinishReason.Length, response.FinishReason);
        Assert.Equal(ChatRole.Assistant, Assert.Single(response.Messages).Role);
        Assert.Equal("chat", response.ModelId);
    }

    [Fact]
    public async Task Pieces_make_up_the_answer()
    {
        var pieces = new List<ChatResponseUpdate>();
        await foreach (var update in models.Client.GetStreamingResponseAsync(Prompt))
        {
            pieces.Add(update);
        }

        Assert.True(pieces.Count > 5);
        Assert.Equal((await models.Client.GetResponseAsync(Prompt)).Text, string.Concat(pieces.Select(piece => piece.Text)));
        Assert.NotNull(pieces[^1].FinishReason);
        Assert.All(pieces[..^1], piece => Assert.Null(piece.FinishReason));
        Assert.Single(pieces.Select(piece => piece.ResponseId).Distinct());
    }

    [Fact]
    public async Task A_stop_sequence_ends_the_answer_before_it()
    {
        string whole = (await models.Client.GetResponseAsync(Prompt)).Text;
        string stop = whole[(whole.Length / 2)..(whole.Length / 2 + 3)];
        var response = await models.Client.GetResponseAsync(Prompt, new ChatOptions { StopSequences = [stop, "never"] });

        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.InRange(response.Usage!.OutputTokenCount!.Value, 1, 23);
    }

    [Fact]
    public async Task The_most_tokens_end_an_answer()
    {
        var response = await models.Client.GetResponseAsync(Prompt, new ChatOptions { MaxOutputTokens = 3 });

        Assert.Equal((ChatFinishReason.Length, 3), (response.FinishReason, response.Usage!.OutputTokenCount));
        Assert.Equal(Generate(Rendered, new GenerationOptions { MaxNewTokens = 3 }).Text, response.Text);
    }

    [Fact]
    public async Task Sampling_is_the_generators()
    {
        var sampling = new SamplingOptions { Temperature = 1.5, TopK = 20, TopP = (float)0.95, Seed = 7 };
        var (_, text, _) = Generate(Rendered, new GenerationOptions { MaxNewTokens = 12, Sampling = sampling });
        var options = new ChatOptions { Temperature = 1.5f, TopK = 20, TopP = 0.95f, Seed = 7, MaxOutputTokens = 12 };

        Assert.Equal(text, (await models.Client.GetResponseAsync(Prompt, options)).Text);
        options.Seed = 8;
        Assert.NotEqual(text, (await models.Client.GetResponseAsync(Prompt, options)).Text);
        Assert.Equal((await models.Client.GetResponseAsync(Prompt, new ChatOptions { Temperature = 0 })).Text, (await models.Client.GetResponseAsync(Prompt, new ChatOptions { TopK = 1 })).Text);
    }

    [Fact]
    public async Task Instructions_stand_where_the_system_speaks()
    {
        var (_, text, prompt) = Generate("<|im_start|>system\nBe short.\nBe kind.<|im_end|>\n" + Rendered, new GenerationOptions { MaxNewTokens = 24 });
        var response = await models.Client.GetResponseAsync(
            [new ChatMessage(ChatRole.System, "Be kind."), new ChatMessage(ChatRole.User, Prompt)], new ChatOptions { Instructions = "Be short." });

        Assert.Equal((text, prompt), (response.Text, (int)response.Usage!.InputTokenCount!));
    }

    public static TheoryData<string, ChatOptions> Refused => new()
    {
        { "tools", new ChatOptions { Tools = [AIFunctionFactory.Create(() => 1, "f")] } },
        { "response-format", new ChatOptions { ResponseFormat = ChatResponseFormat.Json } },
        { "frequency-penalty", new ChatOptions { FrequencyPenalty = 1 } },
        { "presence-penalty", new ChatOptions { PresencePenalty = 1 } },
        { "conversation-id", new ChatOptions { ConversationId = "1" } },
        { "model-id", new ChatOptions { ModelId = "other" } },
        { "temperature", new ChatOptions { Temperature = 0, TopK = 5 } },
        { "stop-sequences", new ChatOptions { StopSequences = [""] } },
        { "additional-properties", new ChatOptions { AdditionalProperties = new() { ["min_p"] = 0.1 } } },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_cannot_be_honoured_is_refused(string option, ChatOptions options)
    {
        var error = await Assert.ThrowsAsync<InvalidInputException>(() => models.Client.GetResponseAsync(Prompt, options));
        Assert.Equal(option, error.Option);
    }

    [Theory]
    [InlineData(-1f, null, null)]
    [InlineData(null, -1, null)]
    [InlineData(null, null, 0)]
    public async Task Values_out_of_range_are_refused(float? temperature, int? topK, int? maxOutputTokens) => await Assert.ThrowsAsync<InvalidInputException>(
        () => models.Client.GetResponseAsync(Prompt, new ChatOptions { Temperature = temperature, TopK = topK, MaxOutputTokens = maxOutputTokens }));

    [Fact]
    public async Task What_is_no_text_is_refused()
    {
        var picture = new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")]);
        Assert.Equal("unsupported-content", (await Assert.ThrowsAsync<InvalidInputException>(() => models.Client.GetResponseAsync(picture))).Code);
        Assert.Equal("bad-chat-role", (await Assert.ThrowsAsync<InvalidInputException>(() => models.Client.GetResponseAsync(new ChatMessage(ChatRole.Tool, "x")))).Code);
        Assert.Equal("empty-conversation", (await Assert.ThrowsAsync<InvalidInputException>(() => models.Client.GetResponseAsync([]))).Code);
    }

    [Fact]
    public void A_model_without_a_form_is_refused() =>
        Assert.Equal("no-chat-template", Assert.ThrowsAny<InvalidInputException>(() => SparsumChatClient.Open(models.Decoder)).Code);

    [Fact]
    public async Task Cancelling_and_leaving_stop_the_model_and_nothing_else()
    {
        using var cancellation = new CancellationTokenSource();
        int pieces = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in models.Client.GetStreamingResponseAsync(Prompt, new ChatOptions { MaxOutputTokens = 90 }, cancellation.Token))
            {
                if (++pieces == 2)
                {
                    cancellation.Cancel();
                }
            }
        });
        await foreach (var _ in models.Client.GetStreamingResponseAsync(Prompt))
        {
            break;
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => models.Client.GetResponseAsync(Prompt, cancellationToken: cancellation.Token));
        Assert.NotEmpty((await models.Client.GetResponseAsync(Prompt)).Text);
    }

    [Fact]
    public async Task Many_threads_get_the_answers_that_one_gets()
    {
        string[] prompts = [.. Enumerable.Range(0, 8).Select(i => $"{Prompt} {i}")];
        var alone = new List<string>();
        foreach (string prompt in prompts)
        {
            alone.Add((await models.Client.GetResponseAsync(prompt)).Text);
        }

        Assert.Equal(alone, await Task.WhenAll(prompts.Select(prompt => Task.Run(async () => (await models.Client.GetResponseAsync(prompt)).Text))));
    }

    [Fact]
    public async Task After_the_end_there_are_no_answers()
    {
        var client = SparsumChatClient.Open(models.Chat, new ChatModelOptions { Storage = StorageType.Int8, Threads = 1, MaxOutputTokens = 4 });
        Assert.NotEmpty((await client.GetResponseAsync(Prompt)).Text);
        Assert.Same(client, client.GetService(typeof(IChatClient)));
        Assert.Equal("sparsum", client.GetService<ChatClientMetadata>()!.ProviderName);
        client.Dispose();
        client.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.GetResponseAsync(Prompt));
    }

    [Theory]
    [InlineData(StorageType.BFloat16)]
    [InlineData(StorageType.Int8)]
    public async Task Keys_and_values_may_be_rounded(StorageType storage)
    {
        using var client = SparsumChatClient.Open(models.Chat, new ChatModelOptions { CacheStorage = storage, MaxOutputTokens = 4 });
        Assert.NotEmpty((await client.GetResponseAsync(Prompt)).Text);
    }

    [Fact]
    public void A_storage_that_keys_cannot_have_is_refused()
    {
        var error = Assert.Throws<InvalidInputException>(
            () => SparsumChatClient.Open(models.Chat, new ChatModelOptions { CacheStorage = StorageType.Sparse }));
        Assert.Equal("Float32, BFloat16, Int8", error.Expected);
    }

    [SharedFact("models/smollm2-135m-gguf")]
    public async Task A_real_model_answers()
    {
        using var client = SparsumChatClient.Open(SharedFiles.Path("models", "smollm2-135m-gguf", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        var response = await client.GetResponseAsync("What is the capital of France?", new ChatOptions { MaxOutputTokens = 30 });

        Assert.Contains("Paris", response.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<|im_end|>", response.Text, StringComparison.Ordinal);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
    }

    private (int[] Ids, string Text, int PromptTokens) Generate(string rendered, GenerationOptions options)
    {
        using var pretrained = PretrainedModel.Open(models.Decoder);
        using var backend = new CpuBackend();
        pretrained.LoadPacked(backend, StorageType.Auto);
        using var computation = new Computation(backend);
        int[] prompt = pretrained.Tokenizer.Encode(rendered, addSpecialTokens: false);
        int[] ids = new Generator(pretrained.LanguageModel, computation).Generate([prompt], options with { EndIds = [pretrained.Tokenizer.EndId!.Value] })[0];
        return (ids, pretrained.Tokenizer.Decode(ids, skipSpecialTokens: true), prompt.Length);
    }
}
