using System.Text.Json;
using System.Text.Json.Serialization;
using Sparsum.Core;

namespace Sparsum.Pruning.OneShot.Allocation.AlphaPruning;

/// <summary>
/// Exponents that are known already, on disk: they depend on the model alone, and a large one takes long. A file may hold those of several
/// models.
/// </summary>
/// <param name="path">The file; it is written when something is added.</param>
internal sealed class AlphaCache(string path)
{
    private static readonly JsonRules Rules = new()
    {
        Code = "damaged-cache",
        Expected = "a file that AlphaPruning wrote",
        Hint = "Remove the file, or name another one with `alphapruning.cache=FILE`.",
    };

    private readonly SortedDictionary<string, SortedDictionary<string, double>> models = Read(path);

    /// <summary>What is known of a model: exponents by the names of layers.</summary>
    /// <param name="key">Identifies model and rule.</param>
    public IReadOnlyDictionary<string, double> Of(string key) =>
        models.GetValueOrDefault(key) ?? new SortedDictionary<string, double>(StringComparer.Ordinal);

    /// <summary>Adds what was found of some layers and writes the file.</summary>
    /// <exception cref="RunFailedException">It cannot be written.</exception>
    public void Add(string key, IEnumerable<KeyValuePair<string, double>> alphas)
    {
        if (!models.TryGetValue(key, out var known))
        {
            models.Add(key, known = new SortedDictionary<string, double>(StringComparer.Ordinal));
        }

        foreach (var (layer, alpha) in alphas)
        {
            known[layer] = alpha;
        }

        AtomicFile.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(models, AlphaJson.Default.AlphaModels));
    }

    private static SortedDictionary<string, SortedDictionary<string, double>> Read(string path) => File.Exists(path)
        ? StrictJson.Read(path, AlphaJson.Default.AlphaModels, Rules)
        : new SortedDictionary<string, SortedDictionary<string, double>>(StringComparer.Ordinal);
}

/// <summary>The JSON form of known exponents.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(SortedDictionary<string, SortedDictionary<string, double>>), TypeInfoPropertyName = "AlphaModels")]
internal sealed partial class AlphaJson : JsonSerializerContext;
