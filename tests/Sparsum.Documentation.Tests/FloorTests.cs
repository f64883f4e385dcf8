using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Sparsum.Documentation.Tests;

/// <summary>The floors that <c>docs/architecture.md</c> declares hold: who is above may know who is below, and nobody else.</summary>
public class FloorTests
{
    private const string Pruning = "Sparsum.Pruning";

    private static readonly string[] Architecture = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "architecture.md"));

    [Fact]
    public void Assemblies_know_those_below_alone()
    {
        var floors = Floors("| floor | assembly |").ToDictionary(entry => entry.Names.Single(), entry => entry.Floor);
        string[] names = [.. Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(path => Path.GetFileName(path)!)];

        Assert.Equal(names.Order(), floors.Keys.Order());
        Assert.Empty(
            from name in names
            from other in Assembly.Load(name == "Sparsum.Cli" ? "sparsum" : name).GetReferencedAssemblies()
            where floors.ContainsKey(other.Name!) && floors[other.Name!] >= floors[name]
            select $"{name} knows {other.Name}");
    }

    [Fact]
    public void Folders_of_pruning_know_those_below_alone()
    {
        var floors = Floors("| floor | folders |").SelectMany(entry => entry.Names.Select(name => (name, entry.Floor))).ToDictionary();
        var references = SourceReferences.Of(Path.Combine(Repository.Root, "src", Pruning));
        string[] unknown = [.. references.Select(reference => reference.From).Where(folder => FloorOf(folder) is null).Distinct()];

        Assert.NotEmpty(references);
        Assert.Empty(unknown);
        string[] upwards = [.. references.Where(reference => FloorOf(reference.To) >= FloorOf(reference.From)).Select(reference => reference.ToString())];
        Assert.True(upwards.Length == 0, string.Join("\n", upwards));

        // A folder that is not named itself may be one of several alike, "parent/*".
        int? FloorOf(string folder) => floors.TryGetValue(folder, out int floor) || floors.TryGetValue(Path.GetDirectoryName(folder) + "/*", out floor) ? floor : null;
    }

    /// <summary>What the rows of a table give in code marks in their second column, with the number in the first.</summary>
    private static IEnumerable<(int Floor, string[] Names)> Floors(string head) => Architecture
        .SkipWhile(line => !line.StartsWith(head, StringComparison.Ordinal))
        .Skip(2)
        .TakeWhile(line => line.StartsWith('|'))
        .Select(line => line.Split('|'))
        .Select(cells => (int.Parse(cells[1].Trim(), System.Globalization.CultureInfo.InvariantCulture), cells[2].Split('`').Where((_, i) => i % 2 == 1).ToArray()));

    /// <summary>A type of another folder that a file names, or whose members it uses.</summary>
    private sealed record Reference(string From, string To, string File, string Type)
    {
        public override string ToString() => $"{From}/{File} knows {To}: {Type}";
    }

    /// <summary>Reads source as the compiler does.</summary>
    private static class SourceReferences
    {
        public static HashSet<Reference> Of(string folder)
        {
            string[] files =
            [
                .. Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
                    .Where(file => FolderOf(file) is var name && name != "obj" && !name.StartsWith("obj/", StringComparison.Ordinal) && !name.StartsWith("bin/", StringComparison.Ordinal)),
            ];
            var compilation = CSharpCompilation.Create(
                "Read",
                [CodeTests.ImplicitUsings, .. files.Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), path: file))],
                CodeTests.References.Where(reference => Path.GetFileNameWithoutExtension(reference.Display) != Path.GetFileName(folder)),
                new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
            return [.. compilation.SyntaxTrees.Where(tree => tree.FilePath.Length > 0).SelectMany(Look)];

            string FolderOf(string file) => Path.GetRelativePath(folder, Path.GetDirectoryName(file)!).Replace('\\', '/');

            IEnumerable<Reference> Look(SyntaxTree tree)
            {
                var model = compilation.GetSemanticModel(tree);
                string own = FolderOf(tree.FilePath);
                return
                    from node in tree.GetRoot().DescendantNodes(node => node is not UsingDirectiveSyntax)
                    where node is SimpleNameSyntax or BaseObjectCreationExpressionSyntax
                    from type in Types(model.GetSymbolInfo(node).Symbol)
                    from location in type.OriginalDefinition.Locations
                    where location.SourceTree is { FilePath.Length: > 0 }
                    let other = FolderOf(location.SourceTree!.FilePath)
                    where other != own
                    select new Reference(own, other, Path.GetFileName(tree.FilePath), type.Name);
            }
        }

        private static IEnumerable<ITypeSymbol> Types(ISymbol? symbol) => symbol switch
        {
            ITypeSymbol type => [type],
            IMethodSymbol method => [method.ContainingType, method.ReturnType],
            IPropertySymbol property => [property.ContainingType, property.Type],
            IFieldSymbol { ContainingType: { } container } field => [container, field.Type],
            _ => [],
        };
    }
}
