namespace Sparsum.Reporting.Models;

/// <summary>Paths of models as records write them, compared as text: a report does not need the models, nor the machine they lay on.</summary>
internal static class ModelPath
{
    /// <summary>The one spelling of a path: whole where the base is known, with <c>/</c>, without <c>.</c>, <c>..</c> and an end of <c>/</c>.</summary>
    public static string Normalize(string path, string? baseFolder)
    {
        string text = path.Replace('\\', '/');
        bool isRooted = text.StartsWith('/') || (text.Length > 1 && text[1] == ':');
        if (!isRooted && baseFolder is not null)
        {
            text = baseFolder.Replace('\\', '/') + "/" + text;
            isRooted = true;
        }

        var parts = new List<string>();
        foreach (string part in text.Split('/').Where(part => part is not ("" or ".")))
        {
            if (part == ".." && parts.Count > 0 && parts[^1] != "..")
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else
            {
                parts.Add(part);
            }
        }

        return (text.StartsWith('/') ? "/" : "") + string.Join('/', parts);
    }

    /// <summary>The last parts of a path.</summary>
    public static string Tail(string path, int parts)
    {
        string[] all = path.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries);
        return all.Length == 0 ? path : string.Join('/', all[Math.Max(0, all.Length - parts)..]);
    }
}
