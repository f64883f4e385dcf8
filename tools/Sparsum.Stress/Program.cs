using System.Globalization;
using Sparsum.Stress;

// Usage: kills|mutations [--count N] [--seed S] [--only NAME,NAME]
string Option(string name, string fallback) => Array.IndexOf(args, "--" + name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : fallback;

string mode = args.FirstOrDefault() ?? "";
int seed = int.Parse(Option("seed", "1"), CultureInfo.InvariantCulture);
string[] only = Option("only", "").Split(',', StringSplitOptions.RemoveEmptyEntries);
string root = Directory.CreateTempSubdirectory("sparsum-stress-").FullName;
StressReport report;
switch (mode)
{
    case "kills":
        report = KillRuns.Run(root, int.Parse(Option("count", "500"), CultureInfo.InvariantCulture), seed, only, Console.Error.WriteLine);
        break;
    case "mutations":
        report = Mutations.Run(root, int.Parse(Option("count", "10000"), CultureInfo.InvariantCulture), seed, only, Console.Error.WriteLine);
        break;
    default:
        Console.Error.WriteLine("usage: kills|mutations [--count N] [--seed S] [--only NAME,NAME]");
        return 2;
}

Console.WriteLine(report);
if (report.Failures.Count > 0)
{
    Console.WriteLine($"Files are in {root}.");
    return 1;
}

Directory.Delete(root, recursive: true);
return 0;
