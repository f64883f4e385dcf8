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
    private readonly string className;

    /// <summary>Creates the common part.</summary>
    /// <param name="modelType">The <c>model_type</c>.</param>
    /// <param name="className">The class that <c>architectures</c> names.</param>
    /// <param name="basePrefix">The prefix of the tensors below the head.</param>
    /// <param name="json">The contract of the record.</param>
    private protected Architecture(string modelType, string className, string basePrefix, JsonTypeInfo<TConfig> json)
    {
        ModelType = modelType;
        BasePrefix = basePrefix;
        this.className = className;
        this.json = json;
    }

    /// <inheritdoc/>
    public string ModelType { get; }

    /// <inheritdoc/>
    public string BasePrefix { get; }

    /// <inheritdoc/>
    public bool Accepts(ModelConfig config) => config is TConfig;

    /// <inheritdoc/>
    public ModelConfig Read(JsonElement config) => ConfigReader.Read(config, json);

    /// <inheritdoc/>
    public JsonObject Write(ModelConfig config)
    {
        var written = (JsonObject)JsonSerializer.SerializeToNode(Own(config), json)!;
        written["architectures"] = new JsonArray(className);
        written["model_type"] = ModelType;
        return written;
    }

    /// <inheritdoc/>
    public CausalLanguageModel Create(ModelConfig config) => Build(Own(config));

    /// <inheritdoc/>
    public virtual bool IsIgnored(string tensorName) => tensorName.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    /// <summary>Builds the skeleton.</summary>
    private protected abstract CausalLanguageModel Build(TConfig config);

    private TConfig Own(ModelConfig config) =>
        config as TConfig ?? throw new ArgumentException($"{GetType().Name} is not built from a {config.GetType().Name}.", nameof(config));
}
