using Sparsum.Core;
using Sparsum.Testing;

namespace Sparsum.Hub.Tests;

/// <summary>Networks, servers and disks that fail, and what they leave.</summary>
public sealed class FaultTests : HubFixture
{
    private string WeightsHash => TestHub.HashOf("x.bin", Weights);

    private string Partial => Under("blobs", WeightsHash + ".incomplete");

    [Fact]
    public async Task A_connection_that_is_cut_again_and_again_goes_on_where_it_was()
    {
        Hub.Change = (request, answer) => IsWeights(request) ? answer with { CutAfter = 30_000, Chunk = 10_000, Pause = TimeSpan.FromMilliseconds(1) } : answer;
        var model = await Pull(Options with { Attempts = 3 });

        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine(model.Path, "model.safetensors")));
        Assert.True(Hub.Downloads.Count(IsWeights) >= 10);
        Assert.All(Hub.Downloads.Where(IsWeights).Skip(1), request => Assert.True(request.From > 0));
        Assert.False(File.Exists(Partial));
    }

    [Fact]
    public async Task A_cut_for_good_keeps_what_has_come()
    {
        Hub.Change = (request, answer) => IsWeights(request) ? answer with { CutAfter = request.From is null ? 100_000 : 0 } : answer;
        await Fails<RunFailedException>("hub-unreachable", Options with { Attempts = 2 });
        long kept = new FileInfo(Partial).Length;
        Assert.InRange(kept, 1, 100_000);
        Assert.False(Directory.Exists(Under("snapshots", Commit)));

        Hub.Change = (_, answer) => answer;
        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine((await Pull()).Path, "model.safetensors")));
        Assert.Equal((int)kept, Hub.Downloads.Last(IsWeights).From);
    }

    [Fact]
    public async Task A_server_that_knows_no_ranges_sends_all_again()
    {
        int cuts = 0;
        Hub.Intercept = request => IsWeights(request) && request.Method == "GET"
            ? TestHub.Content(request with { Headers = new Dictionary<string, string>() }, Weights, Commit, WeightsHash) with { CutAfter = cuts++ == 0 ? 50_000 : null }
            : null;

        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine((await Pull()).Path, "model.safetensors")));
    }

    [Theory]
    [InlineData(416)]
    [InlineData(206)]
    public async Task A_range_that_is_refused_or_another_one_begins_anew(int status)
    {
        Directory.CreateDirectory(Under("blobs"));
        File.WriteAllBytes(Partial, Weights[..1000]);
        Hub.Change = (request, answer) => request.From is null ? answer
            : status == 416 ? new HubAnswer(416, [])
            : answer with { Headers = new Dictionary<string, string>(answer.Headers) { ["Content-Range"] = "bytes 5-299999/300000" } };

        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine((await Pull()).Path, "model.safetensors")));
    }

    [Fact]
    public async Task A_partial_file_that_was_damaged_is_fetched_anew()
    {
        Directory.CreateDirectory(Under("blobs"));
        File.WriteAllBytes(Partial, Bytes(1000, 99));

        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine((await Pull()).Path, "model.safetensors")));
        Assert.Equal([1000, null], Hub.Downloads.Where(IsWeights).Select(request => request.From));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_of_another_hash_are_thrown_away(bool isLarge)
    {
        string name = isLarge ? "model.safetensors" : "README.md";
        Hub.Change = (request, answer) =>
        {
            if (request.Method == "GET" && request.Path.EndsWith(name, StringComparison.Ordinal))
            {
                answer.Body[^1] ^= 1;
            }

            return answer with { Body = [.. answer.Body] };
        };
        Files[name] = [.. Files[name]];
        Hub.Add("models/owner/name", Files);
        byte[] right = [.. Files[name]];
        Hub.Intercept = request => request.Method == "HEAD" && request.Path.EndsWith(name, StringComparison.Ordinal)
            ? TestHub.Content(request, right, request.Path.Split('/')[4], TestHub.HashOf(name, right))
            : null;

        var error = await Fails<RunFailedException>("hub-hash-mismatch");
        Assert.Equal(TestHub.HashOf(name, right), error.Expected);
        Assert.False(File.Exists(Under("blobs", error.Expected!)));
        Assert.False(File.Exists(Under("blobs", error.Expected + ".incomplete")));
        Assert.False(Directory.Exists(Under("snapshots")));
    }

    [Fact]
    public async Task More_bytes_than_announced_are_not_taken()
    {
        Hub.Intercept = request => IsWeights(request) && request.Method == "GET" ? TestHub.Content(request, [.. Weights, 1, 2, 3], Commit, WeightsHash) : null;

        await Fails<RunFailedException>("hub-hash-mismatch");
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task What_passes_is_tried_again(int status)
    {
        int count = 0;
        Hub.Intercept = _ => count++ % 3 < 2 ? new HubAnswer(status, []) { ["Retry-After"] = "0" } : null;

        Assert.Equal(Commit, (await Pull(Options with { Parallelism = 1 })).Commit);
    }

    [Fact]
    public async Task Too_many_requests_for_too_long_are_told()
    {
        Hub.Intercept = _ => new HubAnswer(429, []);
        await Fails<RunFailedException>("hub-too-many-requests", Options with { Attempts = 3 });
        Assert.Equal(3, Hub.Requests.Count);
    }

    [Fact]
    public async Task A_pause_that_the_hub_asks_for_is_made()
    {
        int count = 0;
        Hub.Intercept = _ => count++ == 0 ? new HubAnswer(429, []) { ["Retry-After"] = "1" } : null;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        await Pull();
        Assert.True(watch.ElapsedMilliseconds > 900);
    }

    [Fact]
    public async Task A_connection_on_which_nothing_comes_counts_as_cut()
    {
        Hub.Change = (request, answer) => IsWeights(request) && request.From is null ? answer with { CutAfter = 100_000, Stalls = true } : answer;

        Assert.Equal(Weights, File.ReadAllBytes(Path.Combine((await Pull(Options with { Patience = TimeSpan.FromMilliseconds(300) })).Path, "model.safetensors")));
    }

    [Fact]
    public async Task A_slow_server_is_waited_for()
    {
        Hub.Change = (request, answer) => IsWeights(request) ? answer with { Chunk = 30_000, Pause = TimeSpan.FromMilliseconds(100) } : answer;

        await Pull(Options with { Patience = TimeSpan.FromMilliseconds(800), Attempts = 1 });
    }

    [Fact]
    public async Task Nobody_there_is_told()
    {
        Hub.Dispose();
        await Fails<RunFailedException>("hub-unreachable");
    }

    [Theory]
    [InlineData(401, "GatedRepo", "gated-repository")]
    [InlineData(403, "GatedRepo", "gated-repository")]
    [InlineData(403, null, "gated-repository")]
    [InlineData(401, null, "token-refused")]
    [InlineData(401, "RepoNotFound", "unknown-repository")]
    [InlineData(404, "RepoNotFound", "unknown-repository")]
    [InlineData(404, null, "unknown-repository")]
    [InlineData(404, "RevisionNotFound", "unknown-revision")]
    [InlineData(404, "EntryNotFound", "unknown-hub-file")]
    [InlineData(451, null, "access-denied")]
    [InlineData(400, null, "hub-refused")]
    public async Task A_refusal_is_final_and_says_what_to_do(int status, string? code, string expected)
    {
        Hub.Intercept = _ =>
        {
            // A server may repeat what it was sent.
            var answer = new HubAnswer(status, []) { ["X-Error-Message"] = $"no, Bearer {Token} will not do" };
            if (code is not null)
            {
                answer["X-Error-Code"] = code;
            }

            return answer;
        };
        await Fails<InvalidInputException>(expected);
        Assert.Single(Hub.Requests);
    }

    [Fact]
    public async Task Without_a_token_a_gated_model_asks_for_one()
    {
        Hub.Intercept = _ => new HubAnswer(401, []) { ["X-Error-Code"] = "GatedRepo" };
        var error = await Fails<InvalidInputException>("gated-repository", Options with { Token = null });
        Assert.Contains("HF_TOKEN", error.Hint, StringComparison.Ordinal);
        Assert.DoesNotContain(Hub.Requests, request => request.Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task Unknown_names_and_revisions_are_told_apart()
    {
        await Fails<InvalidInputException>("unknown-repository", reference: HubReference.Parse("owner/nothing"));
        await Fails<InvalidInputException>("unknown-revision", reference: HubReference.Parse("owner/name@v9"));
    }

    [Fact]
    public async Task A_file_whose_hash_nobody_knows_is_not_taken()
    {
        Hub.Change = (_, answer) => answer with { Headers = answer.Headers.Where(header => header.Key != "ETag").ToDictionary() };
        await Fails<InvalidInputException>("no-hub-hash");
    }

    [Fact]
    public async Task A_disk_that_is_too_small_is_seen_before()
    {
        using var session = new HubSession(Options) { FreeBytes = _ => 299_999 };
        var error = await Assert.ThrowsAsync<RunFailedException>(() => session.PullAsync(Model));
        Assert.Equal("disk-full", error.Code);
        Assert.Empty(Hub.Downloads);

        Directory.CreateDirectory(Under("blobs"));
        File.WriteAllBytes(Partial, Weights[..1000]);
        await session.PullAsync(Model);
    }

    [Fact]
    public async Task A_disk_that_becomes_full_is_told()
    {
        if (!File.Exists("/dev/full"))
        {
            return;
        }

        // Whatever is written there finds no space.
        Directory.CreateDirectory(Under("blobs"));
        File.CreateSymbolicLink(Under("blobs", TestHub.HashOf("README.md", Files["README.md"]) + ".incomplete"), "/dev/full");
        using var session = new HubSession(Options) { FreeBytes = _ => null };
        var error = await Assert.ThrowsAsync<RunFailedException>(() => session.PullAsync(Model));
        Assert.Contains(error.Code, new[] { "disk-full", "write-failed" });
        Assert.False(Directory.Exists(Under("snapshots")));
    }

    [Fact]
    public async Task Cancelling_keeps_what_has_come()
    {
        using var cancellation = new CancellationTokenSource();
        Hub.Change = (request, answer) => IsWeights(request) ? answer with { Chunk = 10_000, Pause = TimeSpan.FromMilliseconds(20) } : answer;
        using var session = new HubSession(Options);
        var progress = new Direct(state =>
        {
            if (state.BytesDone > 100_000)
            {
                cancellation.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.PullAsync(Model, progress, cancellation.Token));
        Assert.InRange(new FileInfo(Partial).Length, 1, Weights.Length - 1);
    }

    [Fact]
    public async Task Progress_ends_at_the_whole()
    {
        var states = new List<HubProgress>();
        using var session = new HubSession(Options);
        await session.PullAsync(Model, new Direct(states.Add));

        Assert.Equal((4, 4, Files.Values.Sum(file => (long)file.Length)), (states[^1].FilesDone, states[^1].Files, states[^1].BytesDone));
        Assert.All(states, state => Assert.InRange(state.BytesDone, 0, state.Bytes));
    }

    private static bool IsWeights(HubRequest request) => request.Path.EndsWith("model.safetensors", StringComparison.Ordinal);

    private sealed class Direct(Action<HubProgress> action) : IProgress<HubProgress>
    {
        public void Report(HubProgress value) => action(value);
    }
}
