namespace Sparsum.Transformers.Models;

/// <summary>The names of a classifier's outputs, by number (<c>id2label</c>, <c>label2id</c>).</summary>
public sealed class LabelSet
{
    private const int MostLabels = 100_000;

    /// <summary>Creates a set.</summary>
    /// <param name="names">The name of each label, from 0.</param>
    public LabelSet(IReadOnlyList<string> names) => Names = names;

    /// <summary>The name of each label, from 0.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Number of labels.</summary>
    public int Count => Names.Count;

    /// <summary>
    /// The labels of a configuration: <c>id2label</c>, or else <c>label2id</c>, or else <c>LABEL_0</c>, <c>LABEL_1</c>, … to
    /// <c>num_labels</c>, which is 2 where nothing is said. A <c>num_labels</c> that differs from the number of names decides, as in the
    /// reference implementation, and takes the names with it.
    /// </summary>
    /// <exception cref="Core.InvalidInputException">The numbers are not 0, 1, 2, …</exception>
    public static LabelSet Of(ModelConfig config)
    {
        string[]? names = config.Id2Label is { Count: > 0 } byId ? Order("id2label", byId.Select(pair => (pair.Key, pair.Value)))
            : config.Label2Id is { Count: > 0 } byName ? Order("label2id", byName.Select(pair => (pair.Value, pair.Key)))
            : null;
        int count = config.NumLabels ?? names?.Length ?? 2;
        if (count is < 1 or > MostLabels)
        {
            throw ConfigCheck.Invalid("num_labels", FormattableString.Invariant($"{count}"), FormattableString.Invariant($"1 to {MostLabels}"));
        }

        return new LabelSet(names?.Length == count
            ? names
            : [.. Enumerable.Range(0, count).Select(id => FormattableString.Invariant($"LABEL_{id}"))]);
    }

    /// <summary>The number of a name, whatever its case; null when there is none of that name.</summary>
    public int? Find(string name)
    {
        for (int id = 0; id < Count; id++)
        {
            if (string.Equals(Names[id], name, StringComparison.OrdinalIgnoreCase))
            {
                return id;
            }
        }

        return null;
    }

    private static string[] Order(string key, IEnumerable<(int Id, string Name)> labels)
    {
        var ordered = labels.OrderBy(label => label.Id).ToList();
        return ordered.Index().All(item => item.Index == item.Item.Id)
            ? [.. ordered.Select(label => label.Name)]
            : throw ConfigCheck.Invalid(key, $"a set with the numbers {string.Join(", ", ordered.Select(label => label.Id))}", "numbered 0, 1, 2, …");
    }
}
