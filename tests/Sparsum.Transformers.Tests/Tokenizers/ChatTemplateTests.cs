using Sparsum.Core;
using Sparsum.Testing;
using Sparsum.Transformers.Tokenizers;
using Sparsum.Transformers.Tokenizers.Chat;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>Conversations written by hand in each known form, from templates as models in wide use have them.</summary>
public class ChatTemplateTests
{
    private const string ChatMl =
        @"{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private const string ChatMlWithSystem =
        @"{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private const string Llama3 =
        @"{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";

    private const string Gemma =
        @"{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}";

    private const string Llama2 =
        @"{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}{% set system_message = false %}{% endif %}{% for message in loop_messages %}{% if loop.index0 == 0 and system_message != false %}{% set content = '<<SYS>>\n' + system_message + '\n<</SYS>>\n\n' + message['content'] %}{% else %}{% set content = message['content'] %}{% endif %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' '  + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}";

    private const string Mistral =
        @"{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate') }}{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token + ' ' }}{% endif %}{% endfor %}";

    private const string Phi3 =
        @"{% for message in messages %}{% if message['role'] == 'system' %}{{'<|system|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>\n' + message['content'] + '<|end|>\n'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}";

    private const string Zephyr =
        "{% for message in messages %}\n{% if message['role'] == 'user' %}\n{{ '<|user|>\\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'system' %}\n{{ '<|system|>\\n' + message['content'] + eos_token }}\n{% elif message['role'] == 'assistant' %}\n{{ '<|assistant|>\\n'  + message['content'] + eos_token }}\n{% endif %}\n{% if loop.last and add_generation_prompt %}\n{{ '<|assistant|>' }}\n{% endif %}\n{% endfor %}";

    private static readonly ChatMessage[] _talk =
    [
        new("user", "Hi "),
        new("assistant", "Hello!"),
        new("user", "How are you?"),
    ];

    private static readonly ChatMessage[] _instructed = [new("system", "Be brief."), .. _talk];

    [Theory]
    [InlineData(ChatMl, "ChatML", "<|im_start|>user\nHi <|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nHow are you?<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData(ChatMlWithSystem, "ChatML", "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nHi <|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n<|im_start|>user\nHow are you?<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData(Llama3, "Llama 3", "<s><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello!<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHow are you?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n")]
    [InlineData(Gemma, "Gemma", "<s><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\nHello!<end_of_turn>\n<start_of_turn>user\nHow are you?<end_of_turn>\n<start_of_turn>model\n")]
    [InlineData(Llama2, "Llama 2", "<s>[INST] Hi [/INST] Hello! </s><s>[INST] How are you? [/INST]")]
    [InlineData(Mistral, "Mistral", "<s>[INST] Hi  [/INST]Hello!</s> [INST] How are you? [/INST]")]
    [InlineData(Phi3, "Phi-3", "<|user|>\nHi <|end|>\n<|assistant|>\nHello!<|end|>\n<|user|>\nHow are you?<|end|>\n<|assistant|>\n")]
    [InlineData(Zephyr, "Zephyr", "<|user|>\nHi </s>\n<|assistant|>\nHello!</s>\n<|user|>\nHow are you?</s>\n<|assistant|>\n")]
    public void Turns_are_written_in_the_form_of_the_template(string template, string name, string expected)
    {
        var chat = ChatTemplate.Recognize(template, "<s>", "</s>");
        Assert.Equal(name, chat.Name);
        Assert.Equal(expected, chat.Render(_talk));
    }

    [Theory]
    [InlineData(ChatMlWithSystem, "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi <|im_end|>\n")]
    [InlineData(Llama3, "<s><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>")]
    [InlineData(Llama2, "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST]")]
    [InlineData(Phi3, "<|system|>\nBe brief.<|end|>\n<|user|>\nHi <|end|>\n</s>")]
    [InlineData(Zephyr, "<|system|>\nBe brief.</s>\n<|user|>\nHi </s>\n")]
    public void Instructions_come_first(string template, string expected) =>
        Assert.Equal(expected, ChatTemplate.Recognize(template, "<s>", "</s>").Render(_instructed[..2], addGenerationPrompt: false));

    [Theory]
    [InlineData(Gemma)]
    [InlineData(Mistral)]
    public void A_form_without_a_system_refuses_one(string template) => Assert.Equal(
        "bad-chat-role",
        Assert.Throws<InvalidInputException>(() => ChatTemplate.Recognize(template, "", "").Render(_instructed)).Code);

    [Fact]
    public void Turns_that_do_not_alternate_are_refused_where_they_have_to() =>
        Assert.Throws<InvalidInputException>(() => ChatTemplate.Recognize(Llama2, "", "").Render([_talk[0], _talk[2]]));

    [Theory]
    [InlineData("{% for m in messages %}{{ m.content }}{% endfor %}")]
    [InlineData("{{ '<|im_start|>' + message['role'] + '<|im_sep|>' + message['content'] + '<|im_end|>' }}")]
    [InlineData("{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' }}Cutting Knowledge Date: December 2023 <|eot_id|>")]
    public void Another_template_is_refused(string template)
    {
        var error = Assert.Throws<TokenizerException>(() => ChatTemplate.Recognize(template, "", ""));
        Assert.Equal("unknown-chat-template", error.Code);
        Assert.Contains("ChatML", error.Expected, StringComparison.Ordinal);
    }

    [Fact]
    public void The_template_lies_in_the_configuration_or_in_a_file_of_its_own()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("no-chat-template", Assert.Throws<TokenizerException>(() => ChatTemplate.Open(folder.Root)).Code);
        folder.Write("tokenizer_config.json", System.Text.Json.JsonSerializer.Serialize(new { bos_token = "<b>", chat_template = Llama2 }));
        Assert.Equal("<b>[INST] Hi [/INST]", ChatTemplate.Open(folder.Root).Render(_talk[..1]));
        folder.Write("chat_template.jinja", Gemma);
        Assert.Equal("Gemma", ChatTemplate.Open(folder.Root).Name);
    }

    [SharedFact("tokenizers/llama")]
    public void The_published_template_of_Llama_2_is_known() =>
        Assert.Equal("<s>[INST] Hi [/INST]", ChatTemplate.Open(SharedFiles.Path("tokenizers", "llama")).Render(_talk[..1]));

    [Theory]
    [InlineData(ChatMl, "<|im_end|>", new[] { 0, 1 })]
    [InlineData(ChatMl, "<|other|>", new[] { 0 })]
    public void An_answer_ends_with_its_turn_too(string template, string special, int[] expected)
    {
        using var folder = new TemporaryFolder();
        folder.Write("tokenizer.json", $$"""
            {"version": "1.0", "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
             "added_tokens": [
               {"id": 0, "content": "<eos>", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false},
               {"id": 1, "content": "{{special}}", "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}],
             "model": {"type": "WordLevel", "vocab": {"<eos>": 0, "{{special}}": 1, "hi": 2}, "unk_token": "hi"} }
            """);
        folder.Write("tokenizer_config.json", """{"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<eos>"}""");
        var tokenizer = Tokenizer.Open(folder.Root);

        Assert.Equal(expected, ChatTemplate.Recognize(template, "", "<eos>").EndIds(tokenizer));
    }
}
