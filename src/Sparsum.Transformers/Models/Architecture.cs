using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;

namespace Sparsum.Transformers.Models;

/// <summary>What all architectures share: reading and writing the configuration record, and dispatch on its type.</summary>
/// <typeparam name="TConfig">The configuration record.</typeparam>
public abstract class Architecture<TConfig> : IArchitecture
    where TConfig : ModelConfig, new()
{
    private readonly JsonTypeInfo<TConfig> json;
    private readonly IReadOnlyList<(ModelTask Task, string ClassName)> classes;

    /// <summary>Creates the common part of an architecture of causal language models.</summary>
    /// <param name="modelType">The <c>model_type</c>.</param>
    /// <param name="className">The class that <c>architectures</c> names.</param>
    /// <param name="basePrefix">The prefix of the tensors below the head.</param>
    /// <param name="json">The contract of the record.</param>
    protected Architecture(string modelType, string className, string basePrefix, JsonTypeInfo<TConfig> json)
        : this(modelType, basePrefix, json, (ModelTask.CausalLanguageModeling, className))
    {
    }

    /// <summary>Creates the common part of an architecture with several heads.</summary>
    /// <param name="modelType">The <c>model_type</c>.</param>
    /// <param name="basePrefix">The prefix of the tensors below the head.</param>
    /// <param name="json">The contract of the record.</param>
    /// <param name="classes">
    /// The classes that <c>architectures</c> may name. The first gives the task where none is named; of several for one task the first is
    /// written.
    /// </param>
    protected Architecture(
        string modelType, string basePrefix, JsonTypeInfo<TConfig> json, params IReadOnlyList<(ModelTask Task, string ClassName)> classes)
    {
        ModelType = modelType;
        BasePrefix = basePrefix;
        this.json = json;
        this.classes = classes;
    }

    /// <inheritdoc/>
    public string ModelType { get; }

    /// <inheritdoc/>
    public string BasePrefix { get; }

    /// <inheritdoc/>
    public virtual bool ReadsInstructions => false;

    /// <inheritdoc/>
    public bool Accepts(ModelConfig config) => config.GetType() == typeof(TConfig);

    /// <inheritdoc/>
    public ModelConfig Read(JsonElement config) => ConfigReader.Read(config, json);

    /// <inheritdoc/>
    public JsonObject Write(ModelConfig config)
    {
        var written = (JsonObject)JsonSerializer.SerializeToNode(Own(config), json)!;
        written["architectures"] = new JsonArray(ClassName(TaskOf(config)));
        written["model_type"] = ModelType;
        return written;
    }

    /// <inheritdoc/>
    public ModelTask TaskOf(ModelConfig config) => Named(config).Append(classes[0]).First().Task;

    /// <inheritdoc/>
    public bool IsSavedFor(ModelTask task, ModelConfig config) => Named(config).Any(entry => entry.Task == task);

    /// <inheritdoc/>
    public string? ClassName(ModelTask task) => classes.Where(entry => entry.Task == task).Select(entry => entry.ClassName).FirstOrDefault();

    /// <inheritdoc/>
    public TransformerModel Create(ModelConfig config)
    {
        var model = Build(Own(config));
        ConfiguredBlocks.Apply(model, config);
        return model;
    }

    /// <inheritdoc/>
    public virtual bool IsIgnored(string tensorName) => tensorName.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    /// <summary>Builds the skeleton.</summary>
    protected abstract TransformerModel Build(TConfig config);

    private IEnumerable<(ModelTask Task, string ClassName)> Named(ModelConfig config) =>
        classes.Where(entry => config.Architectures?.Contains(entry.ClassName) == true);

    private TConfig Own(ModelConfig config) =>
        config as TConfig ?? throw new ArgumentException($"{GetType().Name} is not built from a {config.GetType().Name}.", nameof(config));
}
