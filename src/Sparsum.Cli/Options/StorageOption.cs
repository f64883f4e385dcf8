using System.CommandLine;
using Sparsum.Cli.Running;
using Sparsum.Tensors;

namespace Sparsum.Cli.Options;

/// <summary><c>--storage</c>, for every verb that runs a model.</summary>
internal static class StorageOption
{
    private static readonly (string Name, StorageType Type)[] Choices =
    [
        ("auto", StorageType.Auto),
        ("float32", StorageType.Float32),
        ("bfloat16", StorageType.BFloat16),
        ("float16", StorageType.Float16),
        ("int8", StorageType.Int8),
        ("int8-rows", StorageType.Int8Rows),
        ("int8-rows-a16", StorageType.Int8RowsA16),
        ("sparse", StorageType.Sparse),
        ("sparse-bfloat16", StorageType.SparseBFloat16),
        ("sparse-int8", StorageType.SparseInt8),
        ("sparse-int8-rows-a16", StorageType.SparseInt8RowsA16),
    ];

    /// <summary>The option.</summary>
    public static Option<string> Create() => OptionFactory.Choice(
        "--storage",
        "How weights are held in memory; auto keeps every value and leaves zeros out where that is faster.",
        Choices[0].Name,
        [.. Choices.Select(choice => choice.Name)]);

    /// <summary><c>--cache</c>, for every verb that generates.</summary>
    public static Option<string> CreateCache() => OptionFactory.Choice(
        "--cache",
        "How keys and values of earlier tokens are held; bfloat16 and int8 round them, for a half and about a quarter of the memory.",
        NameOf(KeyValueRows.Storages[0]),
        [.. KeyValueRows.Storages.Select(NameOf)]);

    /// <summary>What was chosen.</summary>
    public static StorageType Read(RunContext context, Option<string> option) =>
        Choices.Single(choice => choice.Name == context.Get(option)).Type;

    /// <summary>The name of a storage.</summary>
    public static string NameOf(StorageType type) => Choices.Single(choice => choice.Type == type).Name;
}
