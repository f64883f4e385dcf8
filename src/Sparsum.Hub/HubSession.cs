using Sparsum.Core;

namespace Sparsum.Hub;

/// <summary>
/// Models and data sets of a hub, through the cache that Hugging Face libraries share. Any number of threads and programs may pull at the
/// same time.
/// </summary>
/// <param name="options">Where the hub and the cache are.</param>
/// <param name="handler">Sends the requests; null takes the system's. It must not follow redirections itself.</param>
/// <example><code>
/// using var hub = new HubSession(HubOptions.FromEnvironment());
/// var model = await hub.OpenAsync(HubReference.Parse("HuggingFaceTB/SmolLM2-135M"));
/// using var pretrained = PretrainedModel.Open(model.Path);
/// </code></example>
public sealed class HubSession(HubOptions options, HttpMessageHandler? handler = null) : IDisposable
{
    private readonly HubClient client = new(options, handler);

    /// <summary>Where the hub and the cache are.</summary>
    public HubOptions Options => options;

    /// <summary>A model that is whole in the cache, without asking the network.</summary>
    /// <param name="reference">The name.</param>
    /// <returns>Null where it is not whole, or where it cannot be known that it is.</returns>
    public HubSnapshot? Find(HubReference reference) => FindCached(reference) is { Unknown.Count: 0 } found ? found : null;

    /// <summary>A model from the cache if it is whole there, otherwise from the hub. Offline, what the cache has must do.</summary>
    /// <param name="reference">The name.</param>
    /// <param name="progress">Told of the bytes that come.</param>
    /// <param name="cancellationToken">Stops; what has come stays.</param>
    /// <inheritdoc cref="PullAsync" path="/exception"/>
    public async Task<HubSnapshot> OpenAsync(HubReference reference, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var cached = FindCached(reference);
        return cached is { Unknown.Count: 0 } || (cached is not null && options.IsOffline)
            ? cached
            : await PullAsync(reference, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asks the hub what a model is now and fetches what is missing of it.</summary>
    /// <param name="reference">The name.</param>
    /// <param name="progress">Told of the bytes that come.</param>
    /// <param name="cancellationToken">Stops; what has come stays.</param>
    /// <exception cref="InvalidInputException">
    /// <c>unknown-repository</c>, <c>unknown-revision</c>, <c>unknown-hub-file</c>, <c>gated-repository</c>, <c>token-refused</c>, <c>access-denied</c>,
    /// <c>no-model-in-repository</c>, <c>several-gguf-files</c>, <c>not-in-cache</c> where the network is not to be used, or the hub answers
    /// as no hub does.
    /// </exception>
    /// <exception cref="RunFailedException">
    /// <c>hub-unreachable</c>, <c>hub-too-many-requests</c>, <c>hub-hash-mismatch</c>, <c>disk-full</c>, <c>write-failed</c>. What has come stays, and
    /// the next pull goes on with it.
    /// </exception>
    public async Task<HubSnapshot> PullAsync(HubReference reference, IProgress<HubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (reference.IsDataset)
        {
            throw new ArgumentException("Files of a data set are pulled by name.", nameof(reference));
        }

        var listing = await ListAsync(reference, cancellationToken).ConfigureAwait(false);
        var cache = new HubCache(options, reference);
        var files = ModelSelection.Choose(reference, listing.Names);
        long received = await FetchAsync(reference, cache, listing, files, progress, cancellationToken).ConfigureAwait(false);
        foreach (string name in reference.File is null ? ModelSelection.Optional.Except(listing.Names) : [])
        {
            cache.SetAbsent(listing.Commit, name);
        }

        cache.SetCommit(reference.Revision, listing.Commit);
        return Snapshot(reference, cache, listing.Commit, files) with { Bytes = received };
    }

    /// <summary>Files of a data set.</summary>
    /// <param name="reference">The data set.</param>
    /// <param name="choose">Chooses among the paths that there are; null where what is wanted is not among them.</param>
    /// <param name="isLocal">Whether the cache alone is looked at, rather than the hub.</param>
    /// <param name="progress">Told of the bytes that come.</param>
    /// <param name="cancellationToken">Stops; what has come stays.</param>
    /// <returns>Null where the files are not there.</returns>
    /// <inheritdoc cref="PullAsync" path="/exception"/>
    internal async Task<HubSnapshot?> OpenFilesAsync(
        HubReference reference,
        Func<IReadOnlyList<string>, string[]?> choose,
        bool isLocal,
        IProgress<HubProgress>? progress,
        CancellationToken cancellationToken)
    {
        var cache = new HubCache(options, reference);
        if (isLocal)
        {
            return cache.Commit(reference.Revision) is { } commit && choose(cache.Files(commit)) is { } found
                ? Snapshot(reference, cache, commit, found)
                : null;
        }

        try
        {
            var listing = await ListAsync(reference, cancellationToken).ConfigureAwait(false);
            if (choose(listing.Names) is not { } files)
            {
                return null;
            }

            long received = await FetchAsync(reference, cache, listing, files, progress, cancellationToken).ConfigureAwait(false);
            cache.SetCommit(reference.Revision, listing.Commit);
            return Snapshot(reference, cache, listing.Commit, files) with { Bytes = received };
        }
        catch (InvalidInputException error) when (error.Code == "unknown-revision")
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private HubSnapshot? FindCached(HubReference reference)
    {
        var cache = new HubCache(options, reference);
        return cache.Commit(reference.Revision) is { } commit && ModelSelection.FindCached(cache, commit, reference) is var (files, unknown)
            ? Snapshot(reference, cache, commit, files) with { Unknown = unknown }
            : null;
    }

    private static HubSnapshot Snapshot(HubReference reference, HubCache cache, string commit, IReadOnlyList<string> files)
    {
        string? gguf = reference.IsDataset ? null : ModelSelection.GgufOf(files);
        return new HubSnapshot(reference, commit, gguf is null ? cache.Snapshot(commit) : cache.Pointer(commit, gguf), files, 0);
    }

    private async Task<HubListing> ListAsync(HubReference reference, CancellationToken cancellationToken)
    {
        if (!options.IsOffline)
        {
            return await client.ListAsync(reference, cancellationToken).ConfigureAwait(false);
        }

        var cache = new HubCache(options, reference);
        string? found = cache.Commit(reference.Revision) is { } commit ? $"{cache.Files(commit).Count} of its files" : null;
        throw client.Errors.NotCached(reference, found);
    }

    private async Task<long> FetchAsync(
        HubReference reference,
        HubCache cache,
        HubListing listing,
        IReadOnlyList<string> names,
        IProgress<HubProgress>? progress,
        CancellationToken cancellationToken)
    {
        string commit = listing.Commit;
        string[] missing = [.. names.Where(name => !cache.Has(commit, name))];
        if (missing.Length == 0)
        {
            return 0;
        }

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Parallelism), CancellationToken = cancellationToken };
        var files = new HubFile[missing.Length];
        await Parallel.ForAsync(0, missing.Length, parallel, async (i, stop) =>
            files[i] = await client.DescribeAsync(reference, commit, missing[i], stop).ConfigureAwait(false)).ConfigureAwait(false);

        cache.Prepare();
        var contents = files.DistinctBy(file => file.Hash).ToArray();
        CheckSpace(cache, contents);
        var meter = new Meter(progress, contents);
        await Parallel.ForEachAsync(contents, parallel, async (file, stop) =>
        {
            using var hold = await cache.LockAsync(file.Hash, stop).ConfigureAwait(false);
            if (!File.Exists(cache.Blob(file.Hash)))
            {
                using var download = new HubDownload(client, reference, commit, file, cache.Blob(file.Hash), count => meter.Add(file, count));
                await download.RunAsync(stop).ConfigureAwait(false);
                meter.Receive(download.Received);
            }

            meter.Complete(file);
        }).ConfigureAwait(false);

        // In order and last of all, so that a snapshot that has its weights has everything.
        for (int i = 0; i < files.Length; i++)
        {
            cache.Link(commit, files[i], isLast: !files.Skip(i + 1).Any(other => other.Hash == files[i].Hash));
        }

        return meter.Received;
    }

    private void CheckSpace(HubCache cache, HubFile[] files)
    {
        long needed = files.Where(file => !File.Exists(cache.Blob(file.Hash))).Sum(file => Math.Max(0, file.Bytes - PartialLength(cache.Blob(file.Hash))));
        long? free = FreeBytes(options.Cache);
        if (free < needed)
        {
            throw new RunFailedException("disk-full", $"There is not enough space for what is to be pulled into '{options.Cache}'.")
            {
                File = options.Cache,
                Found = FormattableString.Invariant($"{free} bytes free"),
                Expected = FormattableString.Invariant($"{needed} bytes"),
                Hint = "Free some space, or name another disk with HF_HUB_CACHE or HF_HOME; then run the same command again: what has come is kept.",
            };
        }
    }

    /// <summary>Free bytes where a folder lies; null where the system does not say.</summary>
    internal Func<string, long?> FreeBytes { get; init; } = folder =>
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception) || exception is ArgumentException)
        {
            return null;
        }
    };

    private static long PartialLength(string blob) => new FileInfo(blob + HubDownload.Suffix) is { Exists: true } partial ? partial.Length : 0;

    /// <summary>Adds up what several downloads report.</summary>
    private sealed class Meter(IProgress<HubProgress>? progress, HubFile[] files)
    {
        private readonly Lock gate = new();
        private readonly Dictionary<HubFile, long> there = files.ToDictionary(file => file, _ => 0L);
        private readonly long bytes = files.Sum(file => file.Bytes);
        private int done;

        public long Received { get; private set; }

        public void Add(HubFile file, long count) => Report(file, () => there[file] += count);

        public void Receive(long count)
        {
            lock (gate)
            {
                Received += count;
            }
        }

        public void Complete(HubFile file) => Report(file, () =>
        {
            there[file] = file.Bytes;
            done++;
        });

        private void Report(HubFile file, Action change)
        {
            lock (gate)
            {
                change();
                progress?.Report(new HubProgress(file.Name, done, files.Length, there.Values.Sum(), bytes));
            }
        }
    }
}
