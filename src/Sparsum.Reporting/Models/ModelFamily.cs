namespace Sparsum.Reporting.Models;

/// <summary>Models that can be compared: all that came from one model, and learned one task if they learned any.</summary>
internal sealed record ModelFamily(string Name, IReadOnlyList<ModelEntry> Models)
{
    /// <summary>What was measured of the quality of any, the measure of most models first.</summary>
    public IReadOnlyList<QualityMeasure> Measures { get; } =
    [
        .. Models.SelectMany(model => Leading(model).Distinct()).GroupBy(measure => measure).OrderByDescending(group => group.Count()).Select(group => group.Key),
    ];

    /// <summary>How any were timed, the setting of most models first.</summary>
    public IReadOnlyList<BenchSetting> Settings { get; } =
    [
        .. Models.SelectMany(model => model.Benchmarks.Select(entry => BenchSetting.Of(entry.Run)).Distinct())
            .GroupBy(setting => setting).OrderByDescending(group => group.Count()).Select(group => group.Key),
    ];

    /// <summary>The sizes that can be compared: of the kind that most models have.</summary>
    public IReadOnlyList<(ModelEntry Model, long Bytes)> Sizes { get; } =
    [
        .. Models.Where(model => model.Size is not null).GroupBy(model => model.Size!.Value.Kind).OrderByDescending(group => group.Count()).Take(1)
            .SelectMany(group => group.Select(model => (model, model.Size!.Value.Bytes))),
    ];

    /// <summary>The families of all models of which anything is known.</summary>
    public static IReadOnlyList<ModelFamily> Of(ModelCatalog catalog)
    {
        var families = new List<ModelFamily>();
        foreach (var tree in catalog.Entries.Where(entry => entry.IsMeasured).GroupBy(entry => entry.Root))
        {
            var byTask = tree.GroupBy(entry => entry.Task).ToList();
            var tasks = byTask.Where(group => group.Key is not null).ToList();

            // A model that learned nothing is the start of those that learned one task; of several it cannot be.
            if (tasks is [var only])
            {
                families.Add(new ModelFamily($"{tree.Key.Name}, {only.Key}", [.. tree]));
            }
            else
            {
                families.AddRange(byTask.Select(group => new ModelFamily(group.Key is null ? tree.Key.Name : $"{tree.Key.Name}, {group.Key}", [.. group])));
            }
        }

        return families;
    }

    /// <summary>Of several metrics of one task the first.</summary>
    private static IEnumerable<QualityMeasure> Leading(ModelEntry model)
    {
        var seen = new HashSet<string>();
        return model.Qualities.Select(quality => quality.Measure).Where(measure => seen.Add(measure.Detail)).ToList();
    }
}
