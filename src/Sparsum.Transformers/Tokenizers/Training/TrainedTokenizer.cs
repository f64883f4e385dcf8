using Sparsum.Core;

namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>A vocabulary that was learned, with the files that hold it.</summary>
public sealed class TrainedTokenizer
{
    internal TrainedTokenizer(IReadOnlyList<string> tokens, IReadOnlyList<TokenMerge> merges, IReadOnlyDictionary<string, string> files) =>
        (Tokens, Merges, Files) = (tokens, merges, files);

    /// <summary>The tokens by id.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>The joins in the order in which they were learned.</summary>
    public IReadOnlyList<TokenMerge> Merges { get; }

    /// <summary>Name and content of each file in the Hugging Face layout.</summary>
    public IReadOnlyDictionary<string, string> Files { get; }

    /// <summary>Writes the files into a folder, which is made when it is not there; files of the same names are replaced.</summary>
    /// <exception cref="RunFailedException">The disk is full or the folder cannot be written.</exception>
    public void Save(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (WriteFailure.IsFileSystem(error))
        {
            throw WriteFailure.Describe(error, folder);
        }

        foreach (var (name, content) in Files)
        {
            AtomicFile.WriteAllText(Path.Combine(folder, name), content);
        }
    }
}
