using System.Text;
using System.Text.RegularExpressions;
using Sparsum.Core;
using Renderer = System.Func<System.Collections.Generic.IReadOnlyList<Sparsum.Transformers.Tokenizers.Chat.ChatMessage>, bool, string>;

namespace Sparsum.Transformers.Tokenizers.Chat;

/// <summary>The forms of conversations that are known, and how each is told from the others.</summary>
internal static partial class ChatForms
{
    // What a template does beyond its form: answers depend on the day, or thoughts are taken out of earlier turns.
    private static readonly string[] _unknownParts = ["strftime_now", "Cutting Knowledge Date", "date_string", "<think>", "reasoning_content", "namespace(", "<|im_sep|>"];

    /// <summary>The names, for messages.</summary>
    public static IReadOnlyList<string> Names { get; } = ["ChatML", "Llama 2", "Llama 3", "Gemma", "Phi-3", "Mistral", "Zephyr"];

    /// <summary>The token with which a form ends a turn; null where that is the end token of the text.</summary>
    public static string? TurnEnd(string name) => name switch
    {
        "ChatML" => "<|im_end|>",
        "Llama 3" => "<|eot_id|>",
        "Gemma" => "<end_of_turn>",
        "Phi-3" => "<|end|>",
        _ => null,
    };

    /// <summary>The form of a template; null for one that is not known.</summary>
    public static (string Name, Renderer Render)? Find(string template, string begin, string end)
    {
        begin = template.Contains("bos_token", StringComparison.Ordinal) ? begin : "";
        bool answers = Has("add_generation_prompt");
        bool trims = Has("trim") || Has(".strip()");
        if (_unknownParts.Any(Has))
        {
            return null;
        }

        if (ChatMarkup().IsMatch(template))
        {
            return DefaultSystem(template) is var (isKnown, system) && isKnown
                ? ("ChatML", (messages, adds) => begin + Headed(
                    WithSystem(messages, system), m => $"<|im_start|>{m.Role}\n{Content(m, trims)}<|im_end|>\n", adds && answers, "<|im_start|>assistant\n"))
                : null;
        }

        if (HeaderIds().IsMatch(template) && Has("<|eot_id|>"))
        {
            return ("Llama 3", (messages, adds) => begin + Headed(
                messages, m => Header(m.Role) + Content(m, trims) + "<|eot_id|>", adds && answers, Header(ChatMessage.Assistant)));
        }

        if (GemmaTurn().IsMatch(template) && Has("<end_of_turn>\\n"))
        {
            bool takesSystem = Has("first_user_prefix");
            return ("Gemma", (messages, adds) => begin + Headed(
                Alternating(messages, takesSystem ? system => $"{system}\n\n" : null),
                m => $"<start_of_turn>{(m.Role == ChatMessage.Assistant ? "model" : m.Role)}\n{Content(m, trims)}<end_of_turn>\n",
                adds && answers,
                "<start_of_turn>model\n"));
        }

        if (Has("<<SYS>>") && Has("[INST]"))
        {
            return Has("true == true") ? null : ("Llama 2", (messages, _) => InTurns(
                Alternating(messages, system => $"<<SYS>>\n{system}\n<</SYS>>\n\n"),
                user => $"{begin}[INST] {user.Trim()} [/INST]",
                answer => $" {answer.Trim()} {end}"));
        }

        if (MistralUser().IsMatch(template))
        {
            string before = Has("' ' + message['content']") ? " " : "";
            string after = Has("eos_token + ' '") ? " " : "";
            return ("Mistral", (messages, _) => begin + InTurns(
                Alternating(messages, null), user => $"[INST] {user} [/INST]", answer => $"{before}{answer}{end}{after}"));
        }

        if (PhiUser().IsMatch(template) && Has("<|assistant|>"))
        {
            return ("Phi-3", (messages, adds) => begin + Headed(
                messages, m => $"<|{m.Role}|>\n{Content(m, trims)}<|end|>\n", adds, "<|assistant|>\n") + (!adds && Has("{{ eos_token }}") ? end : ""));
        }

        if (ZephyrUser().IsMatch(template))
        {
            // Line ends of the template itself stand in the text, too.
            string line = ZephyrLine().IsMatch(template) ? "\n" : "";
            return ("Zephyr", (messages, adds) => begin + Headed(
                messages, m => $"<|{m.Role}|>\n{Content(m, trims)}{end}{line}", adds && answers, $"<|assistant|>{line}"));
        }

        return null;

        bool Has(string part) => template.Contains(part, StringComparison.Ordinal);
    }

    private static string Header(string role) => $"<|start_header_id|>{role}<|end_header_id|>\n\n";

    private static string Content(ChatMessage message, bool trims) => trims ? message.Content.Trim() : message.Content;

    private static string Headed(IReadOnlyList<ChatMessage> messages, Func<ChatMessage, string> write, bool adds, string prompt)
    {
        var text = new StringBuilder();
        foreach (var message in messages)
        {
            if (message.Role is not (ChatMessage.System or ChatMessage.User or ChatMessage.Assistant))
            {
                throw Misplaced(message.Role, "system, user or assistant");
            }

            text.Append(write(message));
        }

        return text.Append(adds ? prompt : "").ToString();
    }

    private static string InTurns(IReadOnlyList<ChatMessage> messages, Func<string, string> user, Func<string, string> answer) =>
        string.Concat(messages.Select(message => message.Role == ChatMessage.User ? user(message.Content) : answer(message.Content)));

    /// <summary>A conversation in which user and assistant take turns, with what the system says in front of the first turn.</summary>
    private static List<ChatMessage> Alternating(IReadOnlyList<ChatMessage> messages, Func<string, string>? writeSystem)
    {
        var turns = messages.ToList();
        string prefix = "";
        if (turns is [{ Role: ChatMessage.System } system, ..])
        {
            prefix = writeSystem is null ? throw Misplaced(ChatMessage.System, "user or assistant") : writeSystem(system.Content);
            turns.RemoveAt(0);
        }

        for (int i = 0; i < turns.Count; i++)
        {
            string expected = i % 2 == 0 ? ChatMessage.User : ChatMessage.Assistant;
            if (turns[i].Role != expected)
            {
                throw Misplaced(turns[i].Role, expected);
            }
        }

        if (turns.Count > 0)
        {
            turns[0] = turns[0] with { Content = prefix + turns[0].Content };
        }

        return turns;
    }

    private static List<ChatMessage> WithSystem(IReadOnlyList<ChatMessage> messages, string? system) =>
        system is null || messages is [{ Role: ChatMessage.System }, ..] ? [.. messages] : [new ChatMessage(ChatMessage.System, system), .. messages];

    /// <summary>What a ChatML template has the system say where a conversation does not: nothing, or one text.</summary>
    private static (bool IsKnown, string? System) DefaultSystem(string template)
    {
        string[] found = [.. ChatSystem().Matches(template).Select(match => match.Groups["text"].Value.Replace(@"\n", "\n", StringComparison.Ordinal)).Distinct()];
        return (found.Length <= 1 && !SystemVariable().IsMatch(template), found.FirstOrDefault());
    }

    private static InvalidInputException Misplaced(string role, string expected) =>
        new("bad-chat-role", $"The model's chat form has no place for a message of '{role}' there.") { Found = role, Expected = expected };

    [GeneratedRegex("""<\|im_start\|>system(\\n|\n)(?<text>[^'"<>{}]+)<\|im_end\|>""")]
    private static partial Regex ChatSystem();

    [GeneratedRegex("""set\s+\w*system\w*\s*=\s*['"][^'"]+['"]""")]
    private static partial Regex SystemVariable();

    [GeneratedRegex("""'<\|im_start\|>'\s*\+\s*message(\['role'\]|\.role)\s*\+\s*'(\\n|\n)'\s*\+\s*\(?\s*message(\['content'\]|\.content)(\s*\|\s*trim)?\s*\)?\s*\+\s*'<\|im_end\|>'""")]
    private static partial Regex ChatMarkup();

    [GeneratedRegex("""'<\|start_header_id\|>'\s*\+\s*message(\['role'\]|\.role)\s*\+\s*'<\|end_header_id\|>(\\n|\n){2}'""")]
    private static partial Regex HeaderIds();

    [GeneratedRegex("""'<start_of_turn>'\s*\+\s*role\s*\+\s*'(\\n|\n)'""")]
    private static partial Regex GemmaTurn();

    [GeneratedRegex("""'<\|user\|>(\\n|\n)?'\s*\+\s*('(\\n|\n)'\s*\+\s*)?message\['content'\]\s*\+\s*'<\|end\|>""")]
    private static partial Regex PhiUser();

    [GeneratedRegex("""'\[INST\] '\s*\+\s*message\['content'\]\s*\+\s*' \[/INST\]'""")]
    private static partial Regex MistralUser();

    [GeneratedRegex("""'<\|user\|>(\\n|\n)'\s*\+\s*message\['content'\]\s*\+\s*eos_token""")]
    private static partial Regex ZephyrUser();

    [GeneratedRegex("""eos_token\s*\}\}\n""")]
    private static partial Regex ZephyrLine();
}
