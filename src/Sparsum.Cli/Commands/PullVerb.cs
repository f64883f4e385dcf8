using System.CommandLine;
using System.Text.Json.Nodes;
using Sparsum.Cli.Options;
using Sparsum.Cli.Rendering;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Hub;

namespace Sparsum.Cli.Commands;

/// <summary><c>pull REPO</c>: a model or a data set from the hub into the cache, or into a folder.</summary>
internal sealed class PullVerb : Verb
{
    private readonly Argument<string> repository = new("REPO")
    {
        Description = "A model: owner/name, owner/name@revision, owner/name:file.gguf; or the name of a data set: "
            + $"{string.Join(", ", HubDatasets.All.Select(set => set.Name).Distinct())}.",
    };

    private readonly Option<string?> revision = OptionFactory.Text("--revision", "REV", "A branch, a tag or a commit; by default main.");

    private readonly Option<string?> endpoint = OptionFactory.Text("--endpoint", "URL", "The hub; by default HF_ENDPOINT or https://huggingface.co.");

    private readonly Option<string?> output = new("-o", "--output") { HelpName = "DIR", Description = "Also copy the files into this folder." };

    private readonly Option<bool> force = OptionFactory.Flag("--force", "Replace what is in DIR.");

    public PullVerb()
        : base("pull", "Fetch a model or a data set from the hub: resumable, checked, into the cache that Hugging Face libraries share.")
    {
        Add(repository);
        Add(revision);
        Add(endpoint);
        Add(output);
        Add(force);
    }

    public override VerbResult Execute(RunContext context)
    {
        string name = context.Get(repository);
        if (name.Contains('@', StringComparison.Ordinal))
        {
            context.RefuseIdle($"with '{name}', which says its revision itself", null, revision);
        }

        using var folder = context.Get(output) is { } target
            ? OutputFolder.Open(target, [], context.Get(force) ? ExistingOutput.Replace : ExistingOutput.Refuse)
            : null;
        context.ResumeHint = "Run the same command again: what has come is kept.";
        using var hub = context.Hub.Connect(context.Get(endpoint));
        if (hub.Options.IsOffline)
        {
            context.RefuseIdle("offline: nothing is asked", null, endpoint);
        }

        var pulled = HubDatasets.All.Where(set => set.Name == name).ToArray() is { Length: > 0 } sets
            ? PullData(context, hub, sets)
            : [PullModel(context, hub, name)];
        var result = Describe(context, hub, name, pulled);
        if (folder is not null)
        {
            Copy(context, pulled, folder);
            context.Keep(result, folder.Output);
            folder.Publish();
        }

        return result;
    }

    private HubSnapshot PullModel(RunContext context, HubSession hub, string name)
    {
        var reference = HubReference.Parse(name);
        reference = context.Get(revision) is { } given ? reference.At(given) : reference;
        var work = hub.Options.IsOffline
            ? hub.OpenAsync(reference, context.Hub.Progress, context.CancellationToken)
            : hub.PullAsync(reference, context.Hub.Progress, context.CancellationToken);
        var found = work.GetAwaiter().GetResult();
        if (found.Unknown.Count > 0)
        {
            context.Warn($"without the hub it is not known whether the model has {string.Join(", ", found.Unknown)}");
        }

        return found;
    }

    private HubSnapshot[] PullData(RunContext context, HubSession hub, HubDataset[] sets) => context.Get(revision) is null
        ? [.. sets.Select(set => set.OpenAsync(hub, context.Hub.Progress, context.CancellationToken).GetAwaiter().GetResult())]
        : throw new InvalidInputException("conflicting-options", "The files of a data set that is known by name are at one revision.")
        {
            File = revision.Name,
            Hint = "Leave the option out.",
        };

    private static void Copy(RunContext context, HubSnapshot[] pulled, OutputFolder folder)
    {
        folder.Begin();
        foreach (var snapshot in pulled)
        {
            // A GGUF file is named itself; of folders the snapshot.
            string root = File.Exists(snapshot.Path) ? RootOf(snapshot) : snapshot.Path;
            foreach (string file in snapshot.Files)
            {
                context.CancellationToken.ThrowIfCancellationRequested();
                context.Progress.Report($"copying {file}");
                string target = Path.Combine([folder.Output, .. file.Split('/')]);
                try
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    File.Copy(RealPath.Of(Path.Combine([root, .. file.Split('/')])), target, overwrite: true);
                }
                catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
                {
                    throw WriteFailure.Describe(exception, target);
                }
            }
        }
    }

    private static string RootOf(HubSnapshot snapshot)
    {
        string gguf = snapshot.Files.First(file => snapshot.Path.Replace('\\', '/').EndsWith("/" + file, StringComparison.Ordinal));
        return snapshot.Path[..^(gguf.Length + 1)];
    }

    private VerbResult Describe(RunContext context, HubSession hub, string name, HubSnapshot[] pulled)
    {
        long bytes = pulled.Sum(snapshot => snapshot.Bytes);
        string? target = context.Get(output);
        return new VerbResult
        {
            Model = name,
            Results = new JsonObject
            {
                ["endpoint"] = $"{hub.Options.Endpoint}",
                ["cache"] = hub.Options.Cache,
                ["output"] = target,
                ["bytes"] = bytes,
                ["pulled"] = JsonText.Array(pulled, snapshot => new JsonObject
                {
                    ["repository"] = snapshot.Reference.Repository,
                    ["revision"] = snapshot.Reference.Revision,
                    ["commit"] = snapshot.Commit,
                    ["path"] = snapshot.Path,
                    ["files"] = JsonText.Array(snapshot.Files, file => file),
                }),
            },
            Render = console => console.WriteFacts(
            [
                .. pulled.SelectMany(snapshot => new[]
                {
                    ("repository", $"{snapshot.Reference.Repository} at {snapshot.Commit}"),
                    ("files", string.Join(", ", snapshot.Files)),
                    ("path", snapshot.Path),
                }),
                .. target is null ? [] : new[] { ("output", target) },
                ("fetched", Units.Bytes(bytes)),
            ]),
        };
    }
}
