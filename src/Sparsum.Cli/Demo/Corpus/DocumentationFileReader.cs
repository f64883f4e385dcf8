using System.Text;
using System.Xml;

namespace Sparsum.Cli.Demo.Corpus;

/// <summary>
/// Reads one XML documentation file into plain text: references become short names, white space collapses, code and examples are left
/// out. Streams and never recurses, so that depth and size of a hostile file do no harm.
/// </summary>
internal sealed class DocumentationFileReader
{
    private const int DeepestElement = 64;
    private const long LargestDocument = 1L << 28;

    /// <summary>Depth of <c>doc/members/member</c>.</summary>
    private const int MemberDepth = 2;

    private readonly List<DocumentationMember> members = [];
    private readonly List<string> details = [];
    private readonly StringBuilder text = new();
    private string id = "";
    private string summary = "";
    private string label = "";
    private int ignoredFrom = int.MaxValue;

    /// <summary>The members of a file.</summary>
    /// <exception cref="XmlException">The file is no well-formed XML, has a document type, or nests too deeply.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static List<DocumentationMember> Read(Stream stream)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = LargestDocument,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
        };
        using var xml = XmlReader.Create(stream, settings);
        var reader = new DocumentationFileReader();
        while (xml.Read())
        {
            reader.Take(xml);
        }

        return reader.members;
    }

    private void Take(XmlReader xml)
    {
        if (xml.Depth > DeepestElement)
        {
            throw new XmlException($"Elements are nested more than {DeepestElement} deep.");
        }

        if (xml.NodeType == XmlNodeType.EndElement && xml.Depth == ignoredFrom)
        {
            ignoredFrom = int.MaxValue;
        }
        else if (xml.Depth <= ignoredFrom)
        {
            TakeVisible(xml);
        }
    }

    private void TakeVisible(XmlReader xml)
    {
        switch (xml.NodeType)
        {
            case XmlNodeType.Element when xml.Depth == MemberDepth:
                id = xml.GetAttribute("name") ?? "";
                break;
            case XmlNodeType.Element when xml.Depth == MemberDepth + 1:
                BeginSection(xml);
                break;
            case XmlNodeType.Element when xml.Depth > MemberDepth + 1:
                TakeInline(xml);
                break;
            case XmlNodeType.EndElement when xml.Depth == MemberDepth:
                members.Add(new DocumentationMember(id, summary, [.. details]));
                summary = "";
                details.Clear();
                break;
            case XmlNodeType.EndElement when xml.Depth == MemberDepth + 1:
                EndSection(xml.Name);
                break;
            case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace
                when xml.Depth > MemberDepth + 1:
                text.Append(xml.Value);
                break;
        }
    }

    private void BeginSection(XmlReader xml)
    {
        text.Clear();
        label = xml.Name switch
        {
            "param" or "typeparam" => $"{xml.GetAttribute("name")}: ",
            "returns" => "Returns: ",
            _ => "",
        };
        if (xml.Name is not ("summary" or "remarks" or "returns" or "value" or "param" or "typeparam"))
        {
            Ignore(xml);
        }
    }

    private void EndSection(string name)
    {
        string section = string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        if (name == "summary")
        {
            summary = section;
        }
        else if (section.Length > 0)
        {
            details.Add(label + section);
        }
    }

    private void TakeInline(XmlReader xml)
    {
        bool isBlockOfCode = xml.Name == "code" && xml.GetAttribute("data-dev-comment-type") is null;
        if (isBlockOfCode || xml.Name is "example" or "format" or "script" or "listheader" or "devremarks")
        {
            Ignore(xml);
        }
        else if (!xml.IsEmptyElement)
        {
            // Words inside an element speak for it; blocks must not run into what stands before them.
            text.Append(xml.Name is "para" or "p" or "item" or "description" or "li" or "br" ? " " : "");
        }
        else if (xml.Name is "see" or "seealso" or "paramref" or "typeparamref" or "xref" or "c")
        {
            string? reference = xml.GetAttribute("cref") ?? xml.GetAttribute("uid");
            text.Append(reference is null
                ? xml.GetAttribute("langword") ?? xml.GetAttribute("name")
                : DocumentationName.Short(reference));
        }
        else
        {
            text.Append(' ');
        }
    }

    private void Ignore(XmlReader xml)
    {
        if (!xml.IsEmptyElement)
        {
            ignoredFrom = xml.Depth;
        }
    }
}

/// <summary>A member of a documentation file as plain text, nothing left out yet.</summary>
/// <param name="Id">The documentation identifier.</param>
/// <param name="Summary">The summary; empty when there is none.</param>
/// <param name="Details">Parameters, returns, remarks, in the order of the file.</param>
internal sealed record DocumentationMember(string Id, string Summary, IReadOnlyList<string> Details);
