using System.Text.Json;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// A model folder in Hugging Face layout, opened: configuration, skeleton, checkpoint, tokenizer. Opening checks that every parameter is
/// in the checkpoint with the right shape, and lists all disagreements at once; values are read only by <see cref="Load(Parameter)"/>
/// and its companions, so a caller decides how much is in memory.
/// </summary>
public sealed class PretrainedModel : IDisposable
{
    private PretrainedModel(string folder, JsonElement config, IArchitecture architecture, CausalLanguageModel model, ICheckpoint checkpoint)
    {
        Folder = folder;
        Config = config;
        Architecture = architecture;
        Model = model;
        Checkpoint = checkpoint;
    }

    /// <summary>Full path of the folder.</summary>
    public string Folder { get; }

    /// <summary>The whole <c>config.json</c>.</summary>
    public JsonElement Config { get; }

    /// <summary>The family.</summary>
    public IArchitecture Architecture { get; }

    /// <summary>The skeleton.</summary>
    public CausalLanguageModel Model { get; }

    /// <summary>The weights on disk.</summary>
    public ICheckpoint Checkpoint { get; }

    /// <summary>The tokenizer of the folder, opened when first asked for.</summary>
    /// <exception cref="Errors.InvalidInputException">The folder has no tokenizer files, or they are malformed.</exception>
    public ITokenizer Tokenizer => throw new NotSupportedException();

    /// <summary>Opens a folder and checks it; reads no weights.</summary>
    /// <exception cref="Errors.InvalidInputException">
    /// Missing or malformed <c>config.json</c>, unknown architecture, missing shard, missing tensors, or shapes that disagree with the configuration.
    /// </exception>
    public static PretrainedModel Open(string folder) => throw new NotSupportedException(folder);

    /// <summary>The stored checkpoint tensor that a parameter is read from (aliases and prefixes resolved).</summary>
    public string StoredName(Parameter parameter) => throw new NotSupportedException(parameter.Name);

    /// <summary>Reads one parameter's values if they are not there yet.</summary>
    public void Load(Parameter parameter) => throw new NotSupportedException(parameter.Name);

    /// <summary>Reads the values of several parameters.</summary>
    public void Load(IEnumerable<Parameter> parameters)
    {
        foreach (var parameter in parameters)
        {
            Load(parameter);
        }
    }

    /// <summary>Reads the whole model.</summary>
    public void LoadAll() => Load(Model.Parameters);

    /// <summary>
    /// Reads the whole model and packs every linear layer for inference, releasing float32 values as it goes; peak memory is the packed
    /// model plus one layer.
    /// </summary>
    public void LoadPacked(IBackend backend, StorageType storage) => throw new NotSupportedException($"{backend} {storage}");

    /// <summary>
    /// The values of a stored checkpoint tensor as the parameters now have them: fused parts put together, transposed where it is stored so.
    /// Used to write a changed model back in the layout it came in. All parameters that read the tensor must be loaded.
    /// </summary>
    public Tensor Gather(string storedName) => throw new NotSupportedException(storedName);

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        Checkpoint.Dispose();
    }
}
