using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using Sparsum.Transformers.Tokenizers.Unicode;

namespace Sparsum.Transformers.Tokenizers.ByteLevel;

/// <summary>Byte-pair encoding over UTF-8 bytes (Radford et al. 2019): GPT-2, OPT, Qwen2.</summary>
internal sealed class ByteLevelTokenizer : TokenizerBase
{
    private readonly ByteLevelModel _model;
    private readonly WordCache _cache = new();
    private readonly int[] _byteIds = new int[256];
    private readonly byte[]?[] _bytes;

    /// <summary>Puts the parts together.</summary>
    public ByteLevelTokenizer(
        ByteLevelModel model, AddedTokenSet added, SpecialTokens special, TemplateProcessing template, int size)
        : base(added, special, template, size)
    {
        _model = model;
        for (int value = 0; value < 256; value++)
        {
            string token = ByteAlphabet.CharacterOf((byte)value).ToString();
            _byteIds[value] = model.Vocabulary.TryGetValue(token, out int id) ? id : -1;
        }

        _bytes = new byte[]?[size];
        foreach (var (token, id) in model.Vocabulary)
        {
            _bytes[id] = ByteAlphabet.BytesOf(token);
        }

        foreach (var token in added.Tokens)
        {
            _bytes[token.Id] = Encoding.UTF8.GetBytes(token.Content);
        }
    }

    /// <summary>Vocabulary and rules.</summary>
    public ByteLevelModel Model => _model;

    /// <inheritdoc/>
    protected override string DecodeContent(ReadOnlySpan<int> ids, bool skipSpecialTokens)
    {
        var text = new StringBuilder();
        var bytes = new List<byte>(ids.Length * 4);
        bool separate = false;
        foreach (int id in ids)
        {
            CheckId(id);
            bool isSpecial = SpecialIds.Contains(id);
            if (isSpecial && skipSpecialTokens)
            {
                continue;
            }

            bool apart = _model.SpacesAddedTokens && !isSpecial && Added.Find(id) is not null;
            if (apart || separate)
            {
                Flush();
                text.Append(text.Length > 0 ? " " : "");
            }

            bytes.AddRange(_bytes[id] ?? []);
            separate = apart;
        }

        Flush();
        return text.ToString();

        void Flush()
        {
            text.Append(Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes)));
            bytes.Clear();
        }
    }

    /// <inheritdoc/>
    protected override void EncodeOrdinary(string text, List<int> ids)
    {
        text = _model.Composes ? UnicodeNormalizer.Compose(text) : text;
        text = _model.AddsPrefixSpace && text.Length > 0 && text[0] != ' ' ? " " + text : text;
        var merger = new BytePairMerger(_model.Merges);
        for (ReadOnlySpan<char> rest = text; !rest.IsEmpty;)
        {
            int length = _model.Splitter.FirstWord(rest);
            EncodeWord(rest[..length], merger, ids);
            rest = rest[length..];
        }
    }

    private void EncodeWord(ReadOnlySpan<char> word, BytePairMerger merger, List<int> ids)
    {
        if (_cache.TryGet(word, out int[] known))
        {
            ids.AddRange(known);
            return;
        }

        int size = Encoding.UTF8.GetByteCount(word);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(size);
        int[] symbols = ArrayPool<int>.Shared.Rent(size);
        Encoding.UTF8.GetBytes(word, bytes);
        int count = 0;
        foreach (byte value in bytes.AsSpan(0, size))
        {
            // A byte outside the vocabulary becomes the unknown token, or nothing.
            int id = _byteIds[value] >= 0 ? _byteIds[value] : Special.Unknown ?? -1;
            symbols[count] = id;
            count += id >= 0 ? 1 : 0;
        }

        count = merger.Merge(symbols.AsSpan(0, count));
        ids.AddRange(symbols.AsSpan(0, count));
        _cache.Add(word, symbols.AsSpan(0, count));
        ArrayPool<byte>.Shared.Return(bytes);
        ArrayPool<int>.Shared.Return(symbols);
    }
}
