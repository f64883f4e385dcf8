using Microsoft.Extensions.AI;
using Sparsum.Core;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Tokenizers.Chat;
using Turn = Sparsum.Transformers.Tokenizers.Chat.ChatMessage;

namespace Sparsum.Extensions.AI;

/// <summary>A request, understood: the tokens of the conversation, how to go on, and where to stop. What cannot be honoured is refused.</summary>
/// <param name="Prompt">The conversation in the model's form.</param>
/// <param name="Options">How to go on.</param>
/// <param name="StopSequences">Texts that end the answer.</param>
internal sealed record ChatRequest(int[] Prompt, GenerationOptions Options, IReadOnlyList<string> StopSequences)
{
    /// <summary>Reads a request.</summary>
    /// <exception cref="InvalidInputException">
    /// <c>unsupported-option</c>, <c>unsupported-content</c>, <c>bad-chat-role</c>, <c>empty-conversation</c>, or a value is out of range.
    /// </exception>
    public static ChatRequest Read(
        LoadedModel model,
        ChatTemplate template,
        ChatModelOptions defaults,
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages,
        ChatOptions? options)
    {
        Refuse(model, options);
        var pretrained = model.Pretrained;
        var tokenizer = pretrained.Tokenizer;
        int[] prompt = tokenizer.Encode(template.Render(Turns(messages, options?.Instructions)), addSpecialTokens: false);
        var config = GenerationConfig.Open(pretrained.Folder);
        var generation = config.ToOptions(unchecked((ulong)(options?.Seed ?? 0)));
        int? most = options?.MaxOutputTokens ?? config.MaxNewTokens;
        generation = generation with
        {
            MaxNewTokens = most ?? Math.Clamp(pretrained.Model.MaxPositions - prompt.Length, 1, defaults.MaxOutputTokens),
            MaxLength = most is null ? generation.MaxLength : null,
            EndIds = [.. generation.EndIds.Concat(template.EndIds(tokenizer)).Distinct()],
            Sampling = Sampling(generation.Sampling, options),
            CacheStorage = defaults.CacheStorage,
        };
        string[] stops = [.. options?.StopSequences ?? []];
        if (stops.Any(string.IsNullOrEmpty))
        {
            throw LoadedModel.Unsupported("stop-sequences", "an empty text", "texts of at least one character");
        }

        try
        {
            return new ChatRequest(prompt, Generator.Settle(pretrained.LanguageModel, [prompt], generation), stops);
        }
        catch (ArgumentException error)
        {
            throw new InvalidInputException("invalid-option", error.Message, error) { Hint = "Choose a value in the range." };
        }
    }

    private static SamplingOptions? Sampling(SamplingOptions? own, ChatOptions? options)
    {
        if (options?.Temperature == 0)
        {
            return options is { TopK: null, TopP: null }
                ? null
                : throw LoadedModel.Unsupported(
                    "temperature", "0 together with top-k or top-p", "a temperature above 0: at 0 the likeliest token is taken, whatever the others");
        }

        if (options is null or { Temperature: null, TopK: null, TopP: null })
        {
            return own;
        }

        own ??= new SamplingOptions { Seed = unchecked((ulong)(options.Seed ?? 0)) };
        return own with
        {
            Temperature = options.Temperature ?? own.Temperature,
            TopK = options.TopK ?? own.TopK,
            TopP = options.TopP ?? own.TopP,
        };
    }

    private static List<Turn> Turns(IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, string? instructions)
    {
        var turns = messages.Select(message => new Turn(message.Role.Value, Text(message))).ToList();
        if (turns.Count == 0)
        {
            throw new InvalidInputException("empty-conversation", "There is no message to answer.") { Expected = "at least one message" };
        }

        if (string.IsNullOrEmpty(instructions))
        {
            return turns;
        }

        // Forms have one place for what the system says.
        if (turns[0] is { Role: Turn.System } system)
        {
            turns[0] = system with { Content = $"{instructions}\n{system.Content}" };
        }
        else
        {
            turns.Insert(0, new Turn(Turn.System, instructions));
        }

        return turns;
    }

    private static string Text(Microsoft.Extensions.AI.ChatMessage message)
    {
        var other = message.Contents.FirstOrDefault(content => content is not (TextContent or UsageContent));
        return other is null ? message.Text : throw new InvalidInputException("unsupported-content", "A message holds something that is no text.")
        {
            Found = other.GetType().Name,
            Expected = nameof(TextContent),
            Hint = "Models here read text alone.",
        };
    }

    private static void Refuse(LoadedModel model, ChatOptions? options)
    {
        if (options is null)
        {
            return;
        }

        Require(options.Tools is not { Count: > 0 }, "tools", "tools", "none");
        Require(options.ToolMode is null or AutoChatToolMode or NoneChatToolMode, "tool-mode", $"{options.ToolMode}", "auto or none");
        Require(options.ResponseFormat is null or ChatResponseFormatText, "response-format", $"{options.ResponseFormat?.GetType().Name}", "text");
        Require(options.FrequencyPenalty is null or 0, "frequency-penalty", $"{options.FrequencyPenalty}", "none");
        Require(options.PresencePenalty is null or 0, "presence-penalty", $"{options.PresencePenalty}", "none");
        Require(options.ConversationId is null, "conversation-id", $"{options.ConversationId}", "none: every request brings its whole conversation");
        Require(options.ModelId is null || options.ModelId == model.Name, "model-id", $"{options.ModelId}", model.Name);
        Require(options.Reasoning is null, "reasoning", "reasoning options", "none");
        Require(options.RawRepresentationFactory is null, "raw-representation-factory", "a factory", "none");
        Require(
            options.AdditionalProperties is not { Count: > 0 }, "additional-properties", string.Join(", ", options.AdditionalProperties?.Keys ?? []), "none");

        static void Require(bool holds, string option, string found, string expected)
        {
            if (!holds)
            {
                throw LoadedModel.Unsupported(option, found, expected);
            }
        }
    }
}
