namespace Sparsum.Core;

/// <summary>
/// The files of a model folder that are not weights and go into an output with it: configuration, tokenizer, templates, licence. An
/// allow-list: what else lies in the folder may be a secret, a record of another run, or weights of another framework.
/// </summary>
public static class CompanionFiles
{
    /// <summary>What a model cannot be used without.</summary>
    private static readonly HashSet<string> Needed = new(StringComparer.Ordinal)
    {
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
        "vocab.json", "merges.txt", "vocab.txt", "encoder.json", "vocab.bpe", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model",
        "sentencepiece.model", "spm.model", "source.spm", "target.spm", "chat_template.jinja", "chat_template.json",
        "preprocessor_config.json", "processor_config.json",
    };

    private static readonly HashSet<string> Notes = new(StringComparer.OrdinalIgnoreCase)
    {
        "README", "MODEL_CARD", "BASE_MODEL_CARD", "LICENSE", "LICENCE", "NOTICE", "COPYING", "COPYRIGHT", "USE_POLICY", "THIRD-PARTY-NOTICES",
    };

    private static readonly HashSet<string> NoteExtensions = new(StringComparer.OrdinalIgnoreCase) { "", ".md", ".txt", ".rst" };

    // Code that a configuration may refer to.
    private static readonly string[] CodePrefixes = ["configuration_", "modeling_", "tokenization_"];

    /// <summary>Whether a file of this name goes along.</summary>
    /// <param name="name">The name without a folder.</param>
    public static bool IsKnown(string name) =>
        Needed.Contains(name)
        || (Notes.Contains(Path.GetFileNameWithoutExtension(name)) && NoteExtensions.Contains(Path.GetExtension(name)))
        || (name.EndsWith(".py", StringComparison.Ordinal) && CodePrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)));

    /// <summary>Copies them from one folder to another. Subfolders stay behind, and so do notes that are links to somewhere else.</summary>
    /// <param name="from">The folder that is read.</param>
    /// <param name="to">The folder that is written.</param>
    /// <param name="chosen">Which of them, by name; null for all.</param>
    /// <exception cref="InvalidInputException">A file that the model needs is a link that leaves the folder: <c>link-leaves-folder</c>.</exception>
    /// <exception cref="RunFailedException">A file could not be written.</exception>
    public static void Copy(string from, string to, Func<string, bool>? chosen = null)
    {
        string root = RealPath.Of(from);
        foreach (string file in Directory.EnumerateFiles(from).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (!IsKnown(name) || chosen?.Invoke(name) == false)
            {
                continue;
            }

            string real = RealPath.Of(file);
            if (!RealPath.IsWithin(real, root) && !IsInStoreOfHub(real, root))
            {
                if (!Needed.Contains(name))
                {
                    continue;
                }

                throw new InvalidInputException("link-leaves-folder", $"'{file}' is a link to a file outside the model folder.")
                {
                    File = file,
                    Found = real,
                    Expected = "a file in the model folder",
                    Hint = "Copy the file itself into the model folder.",
                };
            }

            string target = Path.Combine(to, name);
            try
            {
                File.Copy(real, target, overwrite: true);
                File.SetAttributes(target, FileAttributes.Normal);
            }
            catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
            {
                throw WriteFailure.Describe(exception, target);
            }
        }
    }

    /// <summary>
    /// Whether a file lies where the cache of Hugging Face libraries keeps the files of a snapshot: <c>snapshots/REVISION</c> holds nothing
    /// but links into <c>blobs</c>.
    /// </summary>
    private static bool IsInStoreOfHub(string file, string folder) =>
        Path.GetDirectoryName(folder) is { } snapshots
        && Path.GetFileName(snapshots) == "snapshots"
        && RealPath.IsWithin(file, Path.Combine(Path.GetDirectoryName(snapshots)!, "blobs"));
}
