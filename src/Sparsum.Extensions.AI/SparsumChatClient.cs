using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;
using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Sparsum.Extensions.AI;

/// <summary>
/// Converses with a language model on this machine: any that the project opens, dense, pruned, compacted or GGUF, whose chat template has a known
/// form. Any number of threads may use one client; requests are answered one after the other. The same conversation, options and seed give the
/// same answer; a request without seed has seed 0.
/// </summary>
/// <example><code>
/// using IChatClient client = SparsumChatClient.Open("smollm2-pruned");
/// await foreach (var update in client.GetStreamingResponseAsync("Why is the sky blue?")) { Console.Write(update.Text); }
/// </code></example>
public sealed class SparsumChatClient : IChatClient
{
    private readonly LoadedModel model;
    private readonly ChatTemplate template;
    private readonly ChatModelOptions options;

    private SparsumChatClient(LoadedModel model, ChatTemplate template, ChatModelOptions options)
    {
        (this.model, this.template, this.options) = (model, template, options);
        Metadata = new ChatClientMetadata("sparsum", defaultModelId: model.Name);
    }

    /// <summary>Who answers.</summary>
    public ChatClientMetadata Metadata { get; }

    /// <summary>The form of conversations that the model knows, e.g. ChatML.</summary>
    public string Form => template.Name;

    /// <summary>Opens a model and reads its weights.</summary>
    /// <param name="path">A model folder, or a GGUF file.</param>
    /// <param name="options">How it is held; null takes the defaults.</param>
    /// <param name="cancellationToken">Stops the loading.</param>
    /// <exception cref="InvalidInputException">It is no language model, is damaged, or has no chat template of a known form; or keys and values are not held in the storage.</exception>
    public static SparsumChatClient Open(string path, ChatModelOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ChatModelOptions();
        if (!KeyValueRows.Storages.Contains(options.CacheStorage))
        {
            throw new InvalidInputException("invalid-option", "Keys and values are not held in this storage.")
            {
                Option = nameof(ChatModelOptions.CacheStorage),
                Found = $"{options.CacheStorage}",
                Expected = string.Join(", ", KeyValueRows.Storages),
            };
        }

        var template = ChatTemplate.Open(path);
        var pretrained = PretrainedModel.Open(path);
        try
        {
            pretrained.RequireTrained();
            _ = pretrained.LanguageModel;
        }
        catch
        {
            pretrained.Dispose();
            throw;
        }

        return new SparsumChatClient(new LoadedModel(pretrained, options.Storage, options.Threads, cancellationToken), template, options);
    }

    /// <summary>The whole answer to a conversation.</summary>
    /// <param name="messages">The conversation so far: text alone.</param>
    /// <param name="options">
    /// Honoured: instructions, temperature, top-k, top-p, most output tokens, seed, stop sequences. Refused: everything else that would change
    /// the answer.
    /// </param>
    /// <param name="cancellationToken">Cancels between tokens.</param>
    /// <exception cref="InvalidInputException">The request asks for what cannot be done, or the conversation is too long.</exception>
    public Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <summary>The answer piece by piece; whoever stops reading stops the model. The last update has the finish reason and the usage.</summary>
    /// <inheritdoc cref="GetResponseAsync"/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var request = ChatRequest.Read(model, template, this.options, messages, options);
        string id = Guid.NewGuid().ToString("N");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pieces = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var work = WriteAsync(request, pieces.Writer, stop.Token);
        try
        {
            await foreach (string piece in pieces.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return Update(new TextContent(piece));
            }

            var (reason, tokens) = await work.ConfigureAwait(false);
            var last = Update(new UsageContent(new UsageDetails
            {
                InputTokenCount = request.Prompt.Length,
                OutputTokenCount = tokens,
                TotalTokenCount = request.Prompt.Length + tokens,
            }));
            last.FinishReason = reason;
            yield return last;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await work.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).ConfigureAwait(false);
        }

        ChatResponseUpdate Update(AIContent content) =>
            new(ChatRole.Assistant, [content]) { ResponseId = id, MessageId = id, ModelId = model.Name };
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? Metadata
            : serviceType == typeof(PretrainedModel) ? model.Pretrained
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Gives the memory of the model back, once the request that runs has ended.</summary>
    public void Dispose() => model.Dispose();

    private async Task<(ChatFinishReason Reason, int Tokens)> WriteAsync(ChatRequest request, ChannelWriter<string> pieces, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            return await model.RunAsync(computation => Write(computation, request, pieces, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            failure = error;
            throw;
        }
        finally
        {
            pieces.TryComplete(failure);
        }
    }

    private (ChatFinishReason Reason, int Tokens) Write(
        Computation computation, ChatRequest request, ChannelWriter<string> pieces, CancellationToken cancellationToken)
    {
        var text = new TokenStream(model.Pretrained.Tokenizer);
        var filter = new StopFilter(request.StopSequences);
        int tokens = 0;
        bool hasEnded = false;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            new Generator(model.Pretrained.LanguageModel, computation).Generate([request.Prompt], request.Options, Take, stop.Token);
        }
        catch (OperationCanceledException) when (filter.HasStopped && !cancellationToken.IsCancellationRequested)
        {
        }

        Send(filter.HasStopped ? "" : filter.Push(text.Finish()));
        Send(filter.Finish());
        return (hasEnded || filter.HasStopped ? ChatFinishReason.Stop : ChatFinishReason.Length, tokens);

        void Take(GenerationStep step)
        {
            tokens++;
            hasEnded = step.HasEnded[0];
            Send(hasEnded ? "" : filter.Push(text.Push(step.Tokens[0])));
            if (filter.HasStopped)
            {
                stop.Cancel();
            }
        }

        void Send(string piece)
        {
            if (piece.Length > 0)
            {
                pieces.TryWrite(piece);
            }
        }
    }
}
