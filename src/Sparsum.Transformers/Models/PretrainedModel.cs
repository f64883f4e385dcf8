using System.Text.Json;
using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;
using Sparsum.Transformers.Tokenizers;

namespace Sparsum.Transformers.Models;

/// <summary>
/// A model folder in Hugging Face layout, opened: configuration, skeleton, checkpoint, tokenizer. Opening checks that every parameter is
/// in the checkpoint with the right shape, and lists all disagreements at once; values are read only by <see cref="Load(Parameter)"/>
/// and its companions, so a caller decides how much is in memory. Not safe for use by several threads at once.
/// </summary>
public sealed class PretrainedModel : IDisposable
{
    private readonly CheckpointBinding binding;
    private ITokenizer? tokenizer;

    private readonly ulong freshSeed;
    private readonly string? headNote;

    private PretrainedModel(string folder, JsonElement config, HeadOptions? head, ArchitectureRegistry? architectures)
    {
        (Architecture, ModelConfig, Model, bool hasOtherHead) = ModelFolder.Build(folder, config, head, architectures);
        freshSeed = (head ?? new HeadOptions()).Seed;
        Folder = folder;
        Config = config;
        Checkpoint = ModelFolder.OpenWeights(folder, config, ModelConfig);
        try
        {
            var stored = ModelConfig;
            if (TiedHead.IsStoredApart(Architecture, ModelConfig, Model, Checkpoint))
            {
                ModelConfig = ModelConfig.Untie();
                Model = Architecture.Create(ModelConfig);
                headNote = "config.json ties the head to the embeddings, but the head that is stored has other values; the stored head is used";
            }

            if (ModelFolder.Rewrite(Architecture, config, stored, ModelConfig) is { } rewritten)
            {
                RewrittenConfig = rewritten;
                using var document = JsonDocument.Parse(rewritten);
                Config = document.RootElement.Clone();
            }

            binding = new CheckpointBinding(Model, Architecture, Checkpoint, folder, hasOtherHead, head is { IsFresh: true });
        }
        catch
        {
            Checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Full path of the folder.</summary>
    public string Folder { get; }

    /// <summary>
    /// The whole <c>config.json</c>, as it is in the folder except for what is not true of the weights as they are read:
    /// <c>quantization_config</c>, since scales are applied, and a head said to be tied that is not.
    /// </summary>
    public JsonElement Config { get; }

    /// <summary><see cref="Config"/> as a file, where it differs from the folder's; null where that one can be copied.</summary>
    public byte[]? RewrittenConfig { get; }

    /// <summary>The family.</summary>
    public IArchitecture Architecture { get; }

    /// <summary>The configuration that <see cref="Model"/> was built from: the file's, with the head that was asked for.</summary>
    public ModelConfig ModelConfig { get; }

    /// <summary>The skeleton.</summary>
    public TransformerModel Model { get; }

    /// <summary>What the model is for.</summary>
    public ModelTask Task => Architecture.TaskOf(ModelConfig);

    /// <summary>The model as one that predicts the next token.</summary>
    /// <exception cref="InvalidInputException">It is one for another task.</exception>
    public CausalLanguageModel LanguageModel => Model as CausalLanguageModel
        ?? throw new InvalidInputException("not-a-language-model", "This model does not predict the next token.")
        {
            File = Path.Combine(Folder, "config.json"),
            Found = FormattableString.Invariant($"a model for {Task}"),
            Expected = $"a model for {ModelTask.CausalLanguageModeling}",
            Hint = "Use a decoder that was saved as a language model.",
        };

    /// <summary>The model as one that writes text: with an encoder that reads a source, or without.</summary>
    /// <exception cref="InvalidInputException">It is one for another task.</exception>
    public TransformerModel GenerativeModel => Model as EncoderDecoderModel ?? (TransformerModel)LanguageModel;

    /// <summary>The weights on disk.</summary>
    public ICheckpoint Checkpoint { get; }

    /// <summary>
    /// Stored tensors that no parameter reads and that are not known to be of no use. Not an error, but a sign that the model is not quite
    /// the one that <see cref="Config"/> describes.
    /// </summary>
    public IReadOnlyList<string> UnusedTensors => binding.Unused;

    /// <summary>
    /// Parameters of the head that the checkpoint does not have, because it was saved for another task: they are drawn afresh and want
    /// training.
    /// </summary>
    public IReadOnlyList<string> FreshParameters => [.. binding.Fresh.Select(parameter => parameter.Name)];

    /// <summary>What one should know of the model before believing its outputs, a sentence each without capital and full stop.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            var warnings = new List<string>();
            if (UnusedTensors.Count > 0)
            {
                warnings.Add($"the checkpoint has tensors that belong to no known part of the model and are not used: {Shorten(UnusedTensors)}");
            }

            if (FreshParameters is { Count: > 0 } fresh)
            {
                warnings.Add($"the checkpoint lacks parameters whose values are random until they are trained: {Shorten(fresh)}");
            }

            if (headNote is not null)
            {
                warnings.Add(headNote);
            }

            if (Checkpoint is QuantizedCheckpoint { Quantized.Count: var count })
            {
                warnings.Add($"{count} matrices are stored quantised; their scales are applied, and folders that are written hold them in full");
            }

            return warnings;
        }
    }

    /// <summary>Refuses a model some of whose parameters are not in the checkpoint: what it computes would be random.</summary>
    /// <exception cref="InvalidInputException">There are <see cref="FreshParameters"/>.</exception>
    public void RequireTrained()
    {
        if (FreshParameters is { Count: > 0 } fresh)
        {
            throw new InvalidInputException("untrained-parameters", $"The checkpoint lacks parameters of the model: {Shorten(fresh)}.")
            {
                File = Folder,
                Found = $"{fresh.Count} parameters missing",
                Expected = $"a checkpoint that was saved for {Task}",
                Hint = "Train the model for this task first, or take a checkpoint that was.",
            };
        }
    }

    /// <summary>The tokenizer of the folder, opened when first asked for.</summary>
    /// <exception cref="InvalidInputException">The folder has no tokenizer files, or they are malformed.</exception>
    public ITokenizer Tokenizer => tokenizer ??= Tokenizers.Tokenizer.Open(Folder);

    /// <summary>Opens a folder and checks it; reads no weights.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="head">The head to open the model with, where that is not the one it was saved with.</param>
    /// <param name="architectures">The known architectures; null means all of the project.</param>
    /// <exception cref="InvalidInputException">
    /// Missing or malformed <c>config.json</c>, unknown architecture, missing shard, missing tensors, or shapes that disagree with the
    /// configuration.
    /// </exception>
    public static PretrainedModel Open(string folder, HeadOptions? head = null, ArchitectureRegistry? architectures = null)
    {
        folder = Path.GetFullPath(folder);
        return new PretrainedModel(folder, ModelFolder.ReadConfig(folder), head, architectures);
    }

    /// <summary>The stored checkpoint tensor that a parameter is read from (aliases and prefixes resolved).</summary>
    /// <exception cref="ArgumentException">The parameter is not of this model, or is a fresh one.</exception>
    public string StoredName(Parameter parameter) => binding.StoredName(parameter);

    /// <summary>The parameters that are read from a stored checkpoint tensor: the parts of a fused one, otherwise one.</summary>
    /// <exception cref="ArgumentException">No parameter reads the tensor.</exception>
    public IReadOnlyList<Parameter> Readers(string storedName) => binding.Readers(storedName);

    /// <summary>The shape that <see cref="Gather"/> gives a stored checkpoint tensor, whether or not values are there.</summary>
    /// <exception cref="ArgumentException">No parameter reads the tensor.</exception>
    public IReadOnlyList<int> StoredShape(string storedName) => StoredLayout.Shape(binding.Readers(storedName)[0]);

    /// <summary>Reads one parameter's values if they are not there yet.</summary>
    /// <exception cref="ArgumentException">The parameter is not of this model.</exception>
    /// <exception cref="InvalidInputException">The file is damaged, or values are NaN or infinite.</exception>
    public void Load(Parameter parameter) => Load([parameter]);

    /// <summary>
    /// Reads the values of several parameters that are not there yet; a fused tensor is read once for all of its parts among them.
    /// </summary>
    /// <inheritdoc cref="Load(Parameter)" path="/exception"/>
    public void Load(IEnumerable<Parameter> parameters, CancellationToken cancellationToken = default)
    {
        var wanted = parameters.Where(parameter => !parameter.IsLoaded).ToHashSet();
        var fresh = wanted.Where(binding.Fresh.Contains).ToHashSet();
        RandomInitialization.Fill(Model, fresh, ModelConfig.InitializerStd(), freshSeed);
        foreach (var group in wanted.Except(fresh).GroupBy(StoredName))
        {
            cancellationToken.ThrowIfCancellationRequested();
            LoadGroup(group.Key, [.. group]);
        }
    }

    /// <summary>Reads the whole model.</summary>
    /// <inheritdoc cref="Load(Parameter)" path="/exception"/>
    public void LoadAll(CancellationToken cancellationToken = default) => Load(Model.Parameters, cancellationToken);

    /// <summary>
    /// Reads the whole model and packs every linear layer for inference, releasing float32 values as it goes; peak memory is the packed
    /// model plus one layer (of a fused tensor: its layers). A tied head keeps the embeddings beside its packed form.
    /// </summary>
    /// <inheritdoc cref="Load(Parameter)" path="/exception"/>
    /// <exception cref="InvalidInputException">The storage cannot hold a weight.</exception>
    public void LoadPacked(IBackend backend, StorageType storage, CancellationToken cancellationToken = default)
    {
        foreach (var group in Model.Linears.GroupBy(linear => binding.Fresh.Contains(linear.Weight) ? linear.Weight.Name : StoredName(linear.Weight)))
        {
            Load(group.Select(linear => linear.Weight), cancellationToken);
            foreach (var linear in group)
            {
                Pack(linear, backend, storage);
            }
        }

        var packed = Model.Linears.Select(linear => linear.Weight).ToHashSet();
        Load(Model.Parameters.Where(parameter => !packed.Contains(parameter)), cancellationToken);
    }

    private void Pack(Linear linear, IBackend backend, StorageType storage)
    {
        try
        {
            linear.Pack(backend, storage, releaseWeight: !ReferenceEquals(linear.Weight, Model.TokenEmbedding));
        }
        catch (ArgumentException error)
        {
            throw new InvalidInputException("storage", $"The weights of '{linear.Name}' do not fit the storage {storage}.", error)
            {
                File = Folder,
                Found = error.Message,
                Expected = "values that the storage can hold",
                Hint = $"{nameof(StorageType.Float32)} and {nameof(StorageType.BFloat16)} hold every value.",
            };
        }
    }

    /// <summary>
    /// The values of a stored checkpoint tensor as the parameters now have them: fused parts put together, transposed where it is stored
    /// so. Used to write a changed model back in the layout it came in. All parameters that read the tensor must be loaded.
    /// </summary>
    /// <exception cref="ArgumentException">No parameter reads the tensor.</exception>
    /// <exception cref="InvalidOperationException">A parameter that reads it is not loaded.</exception>
    public Tensor Gather(string storedName) => StoredLayout.Assemble(binding.Readers(storedName));

    /// <summary>The scales of a stored checkpoint tensor whose values were rounded, put together likewise; null where they were not.</summary>
    /// <exception cref="ArgumentException">No parameter reads the tensor.</exception>
    public QuantizedGrid? GatherGrid(string storedName) => StoredLayout.AssembleGrid(binding.Readers(storedName));

    /// <summary>The gradient of a stored checkpoint tensor, put together as <see cref="Gather"/> does the values.</summary>
    /// <exception cref="ArgumentException">No parameter reads the tensor.</exception>
    /// <exception cref="InvalidOperationException">A parameter that reads it has no gradient.</exception>
    public Tensor GatherGradient(string storedName) => StoredLayout.Assemble(
        binding.Readers(storedName),
        parameter => parameter.Gradient ?? throw new InvalidOperationException($"'{parameter.Name}' has no gradient."));

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        Checkpoint.Dispose();
    }

    private static string Shorten(IReadOnlyList<string> names)
    {
        const int most = 5;
        string shown = string.Join(", ", names.Take(most));
        return names.Count <= most ? shown : $"{shown} and {names.Count - most} more";
    }

    private void LoadGroup(string storedName, IReadOnlyList<Parameter> parameters)
    {
        var stored = Tensor.Allocate(StoredLayout.Shape(parameters[0]));
        try
        {
            ReadStored(storedName, stored);
            FiniteCheck.Run(stored, storedName, Checkpoint.FileOf(storedName));
            if (StoredLayout.IsPlain(parameters[0]))
            {
                parameters[0].Set(stored);
                return;
            }

            foreach (var parameter in parameters)
            {
                parameter.Set(StoredLayout.Extract(parameter, stored));
            }
        }
        catch
        {
            stored.Dispose();
            throw;
        }

        stored.Dispose();
    }

    private void ReadStored(string storedName, Tensor stored)
    {
        // A span reaches 2^31 elements; larger tables are read in pieces of whole rows.
        int rowsAtOnce = Math.Max(1, (1 << 28) / Math.Max(1, stored.Columns));
        if (stored.Rank < 2 || stored.RowCount <= rowsAtOnce)
        {
            Checkpoint.Read(storedName, stored.Span);
            return;
        }

        for (int start = 0; start < stored.RowCount; start += rowsAtOnce)
        {
            int count = Math.Min(rowsAtOnce, stored.RowCount - start);
            Checkpoint.ReadRows(storedName, start, count, stored.Rows(start, count).Span);
        }
    }
}
