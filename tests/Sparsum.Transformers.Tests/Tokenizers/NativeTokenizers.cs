using System.Runtime.InteropServices;
using Xunit;

namespace Sparsum.Transformers.Tests.Tokenizers;

/// <summary>A test that compares with the tokenizers library itself, and is skipped, saying why, where its native part does not run.</summary>
public sealed class NativeTokenizerTheoryAttribute : TheoryAttribute
{
    public NativeTokenizerTheoryAttribute() =>
        Skip = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64
            ? null
            : "needs the native tokenizers library, which is here for Linux on x64 only";
}
