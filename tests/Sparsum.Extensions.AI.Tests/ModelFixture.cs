using Sparsum.Testing;

namespace Sparsum.Extensions.AI.Tests;

/// <summary>The small models of the project, one of them with a form for conversations.</summary>
public sealed class ModelFixture : IDisposable
{
    private const string Template =
        "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
        + "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

    private readonly TemporaryFolder folder = new();

    public ModelFixture()
    {
        Chat = Copy("llama-docs", "chat");
        File.WriteAllText(Path.Combine(Chat, "chat_template.jinja"), Template);
        Decoder = Copy("llama-docs", "decoder");
        Encoder = Copy("bert-docs", "encoder");
        Client = SparsumChatClient.Open(Chat, new ChatModelOptions { MaxOutputTokens = 24 });
    }

    public string Chat { get; }

    public string Decoder { get; }

    public string Encoder { get; }

    public SparsumChatClient Client { get; }

    public string this[string name] => folder[name];

    public void Dispose()
    {
        Client.Dispose();
        folder.Dispose();
    }

    public string Copy(string model, string name)
    {
        string source = Path.Combine(Path.GetDirectoryName(SharedFiles.Vendored)!, "..", "models", model);
        Directory.CreateDirectory(folder[name]);
        foreach (string file in Directory.GetFiles(source))
        {
            File.Copy(file, Path.Combine(folder[name], Path.GetFileName(file)));
        }

        return folder[name];
    }
}
