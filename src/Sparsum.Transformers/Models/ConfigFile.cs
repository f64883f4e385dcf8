using Sparsum.Core;
using Sparsum.Transformers.Checkpoints.Gguf;

namespace Sparsum.Transformers.Models;

/// <summary>A <c>config.json</c> on its own, from which a model with fresh weights can be built.</summary>
/// <param name="Path">Full path of the file.</param>
/// <param name="Architecture">The family.</param>
/// <param name="Config">The configuration.</param>
public sealed record ConfigFile(string Path, IArchitecture Architecture, ModelConfig Config)
{
    /// <summary>Reads a configuration.</summary>
    /// <param name="path">The file, or a folder that holds it as <c>config.json</c>.</param>
    /// <param name="architectures">The known architectures; null means all of the project.</param>
    /// <exception cref="InvalidInputException">It is missing or malformed, or its architecture is unknown.</exception>
    public static ConfigFile Read(string path, ArchitectureRegistry? architectures = null)
    {
        string file = System.IO.Path.GetFullPath(Directory.Exists(path) || GgufModelFiles.Find(path) is not null ? System.IO.Path.Combine(path, ModelFolder.ConfigName) : path);
        var json = ModelFolder.ReadObject(file) ?? throw new InvalidInputException("missing-config", $"There is no file '{file}'.")
        {
            File = file,
            Expected = "a config.json, or a folder with one",
            Hint = "Check the path.",
        };
        return ModelFolder.AtFile(file, () =>
        {
            var architecture = ModelFolder.FindArchitecture(json, architectures);
            return new ConfigFile(file, architecture, architecture.Read(json));
        });
    }

    /// <summary>A model of a configuration with fresh weights; the caller disposes of it.</summary>
    /// <param name="config">This configuration, perhaps changed.</param>
    /// <param name="seed">Seed of the weights.</param>
    /// <exception cref="InvalidInputException">The configuration has a value that its architecture cannot have.</exception>
    public TransformerModel Create(ModelConfig config, ulong seed) => ModelFolder.AtFile(Path, () => RandomInitialization.Create(Architecture, config, seed));
}
