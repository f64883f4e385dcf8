using System.Reflection;
using PublicApiGenerator;
using Xunit;

namespace Sparsum.Documentation.Tests;

/// <summary>
/// The public surface of every package, as text that a change of it must touch. With <c>SPARSUM_UPDATE_SNAPSHOTS=1</c> the files under
/// <c>PublicApi</c> are rewritten instead; look at the difference before committing it.
/// </summary>
public class PublicApiTests
{
    private static readonly ApiGeneratorOptions Options = new() { IncludeAssemblyAttributes = false };

    private static readonly string[] Names =
    [
        .. Directory.GetDirectories(Path.Combine(Repository.Root, "src"))
            .Select(path => Path.GetFileName(path))
            .Where(name => name != "Sparsum.Cli")
            .Order(StringComparer.Ordinal),
    ];

    public static TheoryData<string> Assemblies => new(Names);

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void The_surface_is_the_one_that_was_looked_at(string name)
    {
        string actual = Assembly.Load(name).GeneratePublicApi(Options).ReplaceLineEndings("\n");
        string path = Path.Combine(Repository.Root, "tests", "Sparsum.Documentation.Tests", "PublicApi", name + ".txt");
        if (Environment.GetEnvironmentVariable("SPARSUM_UPDATE_SNAPSHOTS") == "1")
        {
            File.WriteAllText(path, actual);
            return;
        }

        Assert.True(File.Exists(path), $"There is no snapshot of {name}; run with SPARSUM_UPDATE_SNAPSHOTS=1 to write it.");
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), actual);
    }

    [Fact]
    public void No_two_public_types_have_one_name()
    {
        var twice = Names.Select(Assembly.Load)
            .SelectMany(assembly => assembly.GetExportedTypes())
            .Where(type => !type.IsNested)
            .GroupBy(type => type.Name)
            .Where(group => group.Count() > 1)
            .Select(group => string.Join(" and ", group.Select(type => type.FullName)));

        Assert.Empty(twice);
    }
}
