using Microsoft.Extensions.AI;
using Sparsum.Extensions.AI;

if (args is not [var model])
{
    Console.Error.WriteLine("Usage: Sparsum.Samples.Chat MODEL   (a model folder or a .gguf file)");
    return 2;
}

using IChatClient client = SparsumChatClient.Open(model);
var conversation = new List<ChatMessage>();
while (Prompt() is { Length: > 0 } question)
{
    conversation.Add(new ChatMessage(ChatRole.User, question));
    var answer = new List<ChatResponseUpdate>();
    await foreach (var update in client.GetStreamingResponseAsync(conversation))
    {
        Console.Write(update.Text);
        answer.Add(update);
    }

    Console.WriteLine();
    conversation.AddMessages(answer);
}

return 0;

static string? Prompt()
{
    Console.Write("> ");
    return Console.ReadLine();
}
