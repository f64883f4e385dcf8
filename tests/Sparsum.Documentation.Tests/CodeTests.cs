using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Sparsum.Documentation.Tests;

/// <summary>Every block of C# in README and docs is a whole program that compiles against the packages.</summary>
public class CodeTests
{
    internal static readonly SyntaxTree ImplicitUsings = CSharpSyntaxTree.ParseText("""
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Threading;
        global using System.Threading.Tasks;
        """);

    internal static readonly IReadOnlyList<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("xunit", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    public static TheoryData<string, int> Blocks
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var document in Document.All)
            {
                foreach (var block in document.Blocks.Where(block => block.Language is "csharp" or "cs" or "c#"))
                {
                    data.Add(document.Name, block.Line);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void It_compiles(string name, int line)
    {
        var block = Document.All.Single(document => document.Name == name).Blocks.Single(block => block.Line == line);
        string code = string.Join('\n', block.Lines);
        bool isProgram = !block.Lines.Any(text => text.StartsWith("namespace ", StringComparison.Ordinal));
        var compilation = CSharpCompilation.Create(
            "Documented",
            [ImplicitUsings, CSharpSyntaxTree.ParseText(code)],
            References,
            new CSharpCompilationOptions(
                isProgram && HasStatements(code) ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable));

        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
    }

    [Fact]
    public void The_readme_shows_the_library() =>
        Assert.Contains(Document.All.Single(document => document.Name == "README.md").Blocks, block => block.Language == "csharp");

    private static bool HasStatements(string code) =>
        CSharpSyntaxTree.ParseText(code).GetCompilationUnitRoot().Members.Any(member => member.IsKind(SyntaxKind.GlobalStatement));
}
