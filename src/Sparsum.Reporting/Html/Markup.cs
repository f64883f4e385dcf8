using System.Text;

namespace Sparsum.Reporting.Html;

/// <summary>
/// Writes HTML and SVG as well-formed XML. Text and attribute values are always escaped, so nothing that a record says can become markup.
/// </summary>
internal sealed class Markup
{
    private readonly StringBuilder output = new();
    private readonly Stack<string> open = new();

    /// <summary>Opens an element.</summary>
    public Markup Open(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        WriteTag(name, attributes);
        output.Append('>');
        open.Push(name);
        return this;
    }

    /// <summary>Closes the innermost open element.</summary>
    public Markup Close()
    {
        output.Append("</").Append(open.Pop()).Append('>');
        return this;
    }

    /// <summary>An element with text.</summary>
    public Markup Element(string name, string text, params ReadOnlySpan<(string Name, string Value)> attributes) =>
        Open(name, attributes).Text(text).Close();

    /// <summary>An element without content.</summary>
    public Markup Void(string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        WriteTag(name, attributes);
        output.Append("/>");
        return this;
    }

    /// <summary>Escaped text.</summary>
    public Markup Text(string text)
    {
        Escape(text);
        return this;
    }

    /// <summary>Markup that was made by this class, or a constant.</summary>
    public Markup Raw(string markup)
    {
        output.Append(markup);
        return this;
    }

    /// <summary>A line break in the source, for people who read it.</summary>
    public Markup Line()
    {
        output.Append('\n');
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        open.Count == 0 ? output.ToString() : throw new InvalidOperationException($"<{open.Peek()}> is not closed.");

    private void WriteTag(string name, ReadOnlySpan<(string Name, string Value)> attributes)
    {
        output.Append('<').Append(name);
        foreach (var (attribute, value) in attributes)
        {
            output.Append(' ').Append(attribute).Append("=\"");
            Escape(value);
            output.Append('"');
        }
    }

    private void Escape(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '&':
                    output.Append("&amp;");
                    break;
                case '<':
                    output.Append("&lt;");
                    break;
                case '>':
                    output.Append("&gt;");
                    break;
                case '"':
                    output.Append("&quot;");
                    break;
                case '\'':
                    output.Append("&#39;");
                    break;
                case '\n' or '\t':
                    output.Append((char)rune.Value);
                    break;
                case < ' ' or 0x7F or 0xFFFE or 0xFFFF:
                    output.Append('\uFFFD');
                    break;
                default:
                    output.Append(rune);
                    break;
            }
        }
    }
}
