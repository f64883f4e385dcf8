using System.Text;
using System.Text.Json;

namespace Sparsum.Transformers.Tokenizers.Chat;

/// <summary>
/// Writes a conversation as the text that a chat model was trained on. Models bring a template, a program in the Jinja language, which is
/// not run: templates in wide use are recognised by their form and written out here, and any other is refused by name. The text already has
/// the begin token where the template puts one, so it is encoded without special tokens.
/// </summary>
public sealed class ChatTemplate
{
    private readonly Func<IReadOnlyList<ChatMessage>, bool, string> _render;

    private ChatTemplate(string name, Func<IReadOnlyList<ChatMessage>, bool, string> render) => (Name, _render) = (name, render);

    /// <summary>What the form is called: ChatML, Llama 2, Llama 3, Gemma, Phi-3, Mistral or Zephyr.</summary>
    public string Name { get; }

    /// <summary>The tokens that end an answer in this form: the tokenizer's end token and, where the form has one, that of a turn, which not all models name as their end.</summary>
    /// <param name="tokenizer">The tokenizer of the model.</param>
    public IEnumerable<int> EndIds(ITokenizer tokenizer)
    {
        if (tokenizer.EndId is { } end)
        {
            yield return end;
        }

        if (ChatForms.TurnEnd(Name) is { } text && tokenizer.Encode(text, addSpecialTokens: false) is [var id] && tokenizer.SpecialIds.Contains(id))
        {
            yield return id;
        }
    }

    /// <summary>Recognises the template of a model folder: <c>chat_template.jinja</c>, or else <c>chat_template</c> in <c>tokenizer_config.json</c>.</summary>
    /// <exception cref="TokenizerException">The folder has no template, or one that is not known.</exception>
    public static ChatTemplate Open(string folder)
    {
        var files = new TokenizerFolder(folder);
        var settings = new TokenizerSettings(files);
        string? template = files.Has("chat_template.jinja")
            ? Encoding.UTF8.GetString(files.ReadBytes("chat_template.jinja"))
            : settings.Text("chat_template") ?? Default(files.ReadJson("tokenizer_config.json"));
        return template is null
            ? throw new TokenizerException("no-chat-template", "The model has no chat template.")
            {
                File = files.PathOf("tokenizer_config.json"),
                Expected = "chat_template in tokenizer_config.json, or chat_template.jinja",
                Hint = "Use a model that was trained for conversations, or give it a prompt as it is.",
            }
            : Recognize(template, settings.Role("bos_token") ?? "", settings.Role("eos_token") ?? "", folder);
    }

    /// <summary>Recognises a template.</summary>
    /// <param name="template">The Jinja text.</param>
    /// <param name="begin">The begin token, which templates call <c>bos_token</c>.</param>
    /// <param name="end">The end token, which templates call <c>eos_token</c>.</param>
    /// <param name="file">Where it comes from, for messages.</param>
    /// <exception cref="TokenizerException">It has none of the known forms.</exception>
    public static ChatTemplate Recognize(string template, string begin, string end, string? file = null)
    {
        if (ChatForms.Find(template, begin, end) is var (name, render))
        {
            return new ChatTemplate(name, render);
        }

        string first = template.ReplaceLineEndings(" ").Trim();
        throw new TokenizerException("unknown-chat-template", "The chat template of the model is not one of those that are known.")
        {
            File = file,
            Found = first.Length <= 80 ? first : $"{first[..80]}…",
            Expected = string.Join(", ", ChatForms.Names),
            Hint = "Write the conversation in the model's own form into the prompt.",
        };
    }

    /// <summary>The text of a conversation.</summary>
    /// <param name="messages">The turns; one of the system may come first.</param>
    /// <param name="addGenerationPrompt">Whether the text ends where the model is to answer.</param>
    /// <exception cref="Core.InvalidInputException">A role is not known to the form, or roles do not take turns where they have to.</exception>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt = true) => _render(messages, addGenerationPrompt);

    // Several templates by name: the one for plain conversations is called default.
    private static string? Default(JsonElement? config)
    {
        if (config is not { } json || !json.TryGetProperty("chat_template", out var list) || list.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        return list.EnumerateArray()
            .Where(entry => entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("name", out var name) && name.ValueEquals("default"))
            .Select(entry => entry.TryGetProperty("template", out var template) && template.ValueKind == JsonValueKind.String ? template.GetString() : null)
            .FirstOrDefault();
    }
}
