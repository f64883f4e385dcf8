using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Transformers.Checkpoints;
using Sparsum.Transformers.Layers;

namespace Sparsum.Transformers.Models;

/// <summary>Which stored tensor each parameter of a model is read from, checked for presence and shape.</summary>
internal sealed class CheckpointBinding
{
    private readonly Dictionary<Parameter, string> storedNames = [];
    private readonly Dictionary<string, List<Parameter>> readers = new(StringComparer.Ordinal);
    private readonly HashSet<Parameter> fresh;
    private readonly IArchitecture architecture;
    private readonly ICheckpoint checkpoint;

    /// <summary>
    /// Resolves all parameters. With <paramref name="hasOtherHead"/> those of the head may be missing; with
    /// <paramref name="redrawsClassifier"/> those of a classifier are not looked for.
    /// </summary>
    /// <exception cref="InvalidInputException">Tensors are missing or have other shapes; all of them are listed.</exception>
    public CheckpointBinding(
        TransformerModel model, IArchitecture architecture, ICheckpoint checkpoint, string folder, bool hasOtherHead = false, bool redrawsClassifier = false)
    {
        this.architecture = architecture;
        this.checkpoint = checkpoint;
        var optional = hasOtherHead && model.TaskHead is not null ? HeadOf(model.TaskHead).Except(model.EmbeddingParameters).ToHashSet() : [];
        var missing = new List<string>();
        var mismatches = new List<string>();
        fresh = redrawsClassifier ? [.. model.Classification?.Classifier.Parameters ?? []] : [];
        foreach (var parameter in model.Parameters.Except(fresh).ToList())
        {
            if (Find(parameter.Source, architecture, checkpoint) is not { } name)
            {
                if (!optional.Contains(parameter))
                {
                    missing.Add(parameter.Source.TensorName);
                }

                fresh.Add(parameter);
                continue;
            }

            storedNames.Add(parameter, name);
            if (!readers.TryGetValue(name, out var parameters))
            {
                readers.Add(name, parameters = []);
                CompareShape(checkpoint.Tensors[name], StoredLayout.Shape(parameter), mismatches);
            }

            parameters.Add(parameter);
        }

        ThrowIfAny([.. missing.Distinct()], mismatches, folder);
        Unused = FindUnused(model);
    }

    /// <summary>Parameters of the head that the checkpoint, saved for another task, does not have.</summary>
    public IReadOnlySet<Parameter> Fresh => fresh;

    /// <summary>Stored tensors that nothing reads and that are not known to be useless, in the order of their names.</summary>
    public IReadOnlyList<string> Unused { get; }

    /// <summary>The stored tensor of a parameter.</summary>
    /// <exception cref="ArgumentException">The parameter is not of this model.</exception>
    public string StoredName(Parameter parameter) => storedNames.TryGetValue(parameter, out string? name)
        ? name
        : throw new ArgumentException($"'{parameter.Name}' is not a parameter of this model.", nameof(parameter));

    /// <summary>The parameters that are read from a stored tensor.</summary>
    /// <exception cref="ArgumentException">None is.</exception>
    public IReadOnlyList<Parameter> Readers(string storedName) => readers.TryGetValue(storedName, out var parameters)
        ? parameters
        : throw new ArgumentException($"No parameter is read from '{storedName}'.", nameof(storedName));

    /// <summary>The stored tensor that a parameter is read from; null when there is none.</summary>
    public static string? Find(ParameterSource source, IArchitecture architecture, ICheckpoint checkpoint) =>
        Candidates(source, architecture).FirstOrDefault(checkpoint.Tensors.ContainsKey);

    private static IEnumerable<Parameter> HeadOf(IModelHead head) =>
        head.Linears.SelectMany(linear => linear.Parameters).Concat(head.Normalizations.SelectMany(norm => norm.Parameters));

    private static void CompareShape(TensorInfo stored, int[] expected, List<string> mismatches)
    {
        if (!stored.Shape.SequenceEqual(expected))
        {
            mismatches.Add($"{stored.Name}: stored {Tensor.FormatShape([.. stored.Shape])}, expected {Tensor.FormatShape(expected)}");
        }
    }

    private static void ThrowIfAny(string[] missing, List<string> mismatches, string folder)
    {
        if (missing.Length == 0 && mismatches.Count == 0)
        {
            return;
        }

        string absent = missing.Length == 0 ? "" : $"missing: {string.Join(", ", missing)}";
        string other = string.Join("; ", mismatches);
        throw mismatches.Count > 0
            ? new InvalidInputException(
                "shape-mismatch",
                $"The weights do not fit config.json: {other}{(missing.Length == 0 ? "" : "; ")}{absent}.")
            {
                File = folder,
                Found = $"{mismatches.Count} tensors of another shape, {missing.Length} missing",
                Expected = "every tensor with the shape that config.json implies",
                Hint = "Check that config.json and the weights belong together.",
            }
            : new InvalidInputException("missing-tensors", $"The checkpoint lacks tensors of the model; {absent}.")
            {
                File = folder,
                Found = $"{missing.Length} tensors missing",
                Expected = string.Join(", ", missing),
                Hint = "Check that config.json and the weights belong together and that all shards are there.",
            };
    }

    private List<string> FindUnused(TransformerModel model)
    {
        // The second name of a tied tensor is a copy of what is read under the first.
        var known = model.Parameters.SelectMany(parameter => Candidates(parameter.Source, architecture)).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. checkpoint.Tensors.Keys
                .Where(name => !readers.ContainsKey(name) && !known.Contains(name) && !architecture.IsIgnored(name))
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>
    /// The names under which a tensor may be stored: its own and its aliases, each also without the base prefix and with the names that
    /// norm weights had in the first releases.
    /// </summary>
    private static IEnumerable<string> Candidates(ParameterSource source, IArchitecture architecture)
    {
        foreach (string name in source.Aliases.Prepend(source.TensorName))
        {
            foreach (string spelling in new[] { name, LegacyName(name) }.Distinct())
            {
                yield return spelling;
                if (spelling.StartsWith(architecture.BasePrefix, StringComparison.Ordinal))
                {
                    yield return spelling[architecture.BasePrefix.Length..];
                }
            }
        }
    }

    private static string LegacyName(string name) => name switch
    {
        _ when name.EndsWith("LayerNorm.weight", StringComparison.Ordinal) => $"{name[..^"weight".Length]}gamma",
        _ when name.EndsWith("LayerNorm.bias", StringComparison.Ordinal) => $"{name[..^"bias".Length]}beta",
        _ => name,
    };
}
