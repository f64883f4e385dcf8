using System.Collections;
using System.Text;

namespace Sparsum.Evaluation.Texts;

/// <summary>Texts held as UTF-8, in half the memory of strings, and decoded when asked for: a shard of C4 has a third of a million.</summary>
internal sealed class PackedTexts : IReadOnlyList<string>
{
    private readonly List<byte[]> texts = [];

    /// <summary>Whether no text has more than white space.</summary>
    public bool IsBlank { get; private set; } = true;

    /// <summary>Bytes of all texts.</summary>
    public long Bytes { get; private set; }

    public int Count => texts.Count;

    public string this[int index] => Encoding.UTF8.GetString(texts[index]);

    public void Add(string text)
    {
        IsBlank &= string.IsNullOrWhiteSpace(text);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Bytes += bytes.Length;
        texts.Add(bytes);
    }

    public IEnumerator<string> GetEnumerator() => texts.Select(Encoding.UTF8.GetString).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
