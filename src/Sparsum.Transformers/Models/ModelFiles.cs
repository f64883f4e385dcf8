using Sparsum.Core;
using Sparsum.Transformers.Checkpoints.Gguf;

namespace Sparsum.Transformers.Models;

/// <summary>The files beside a model's weights: those of its folder, or those that the metadata of a GGUF file stand for.</summary>
public static class ModelFiles
{
    /// <summary>Puts them into another folder: copied as <see cref="CompanionFiles"/> does it, or made.</summary>
    /// <param name="model">A model folder, a GGUF file or a folder with one.</param>
    /// <param name="folder">The folder, which is there.</param>
    /// <exception cref="InvalidInputException">The model is damaged, or needs a file that is a link out of its folder.</exception>
    /// <exception cref="RunFailedException">A file could not be written.</exception>
    public static void Copy(string model, string folder)
    {
        if (!TryWrite(model, folder))
        {
            CompanionFiles.Copy(model, folder);
        }
    }

    /// <summary>
    /// Writes configuration, defaults of generation and tokenizer of a GGUF model into a folder, in Hugging Face layout. Files of the same
    /// names are replaced.
    /// </summary>
    /// <param name="model">A GGUF file or a folder with one.</param>
    /// <param name="folder">The folder, which is there.</param>
    /// <returns>False, and nothing written, where <paramref name="model"/> is a folder in Hugging Face layout.</returns>
    /// <exception cref="InvalidInputException">The GGUF file is damaged or of a kind that is not supported.</exception>
    /// <exception cref="RunFailedException">A file could not be written.</exception>
    public static bool TryWrite(string model, string folder)
    {
        if (GgufModelFiles.Find(model) is not { } file)
        {
            return false;
        }

        foreach (var (name, bytes) in GgufModelFiles.All(file))
        {
            AtomicFile.WriteAllBytes(Path.Combine(folder, name), bytes);
        }

        return true;
    }
}
