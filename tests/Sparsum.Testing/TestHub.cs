using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Sparsum.Testing;

/// <summary>A hub on this machine that answers as Hugging Face's does, and misbehaves as it is told to.</summary>
public sealed class TestHub : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<string, Repository> repositories = new();

    /// <summary>Starts it.</summary>
    public TestHub()
    {
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>What was asked, in order.</summary>
    public ConcurrentQueue<HubRequest> Requests { get; } = new();

    /// <summary>Its address.</summary>
    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    /// <summary>Answers in place of the hub; null leaves it to the hub.</summary>
    public Func<HubRequest, HubAnswer?> Intercept { get; set; } = _ => null;

    /// <summary>Changes what the hub answers.</summary>
    public Func<HubRequest, HubAnswer, HubAnswer> Change { get; set; } = (_, answer) => answer;

    /// <summary>Downloads that were begun, by path.</summary>
    public IEnumerable<HubRequest> Downloads => Requests.Where(request => request.Method == "GET" && request.Path.Contains("/resolve/", StringComparison.Ordinal));

    /// <summary>Gives it a repository, or another commit of one.</summary>
    /// <param name="id"><c>models/owner/name</c> or <c>datasets/owner/name</c>.</param>
    /// <param name="files">Its files; of those in capital-S "LFS" (see <paramref name="large"/>) the hash is SHA-256.</param>
    /// <param name="large">Names of the files that are kept outside git.</param>
    /// <param name="revision">The branch.</param>
    /// <returns>The commit.</returns>
    public string Add(string id, IReadOnlyDictionary<string, byte[]> files, IEnumerable<string>? large = null, string revision = "main")
    {
        string commit = Convert.ToHexStringLower(SHA1.HashData(Encoding.UTF8.GetBytes(
            id + revision + string.Concat(files.Select(file => file.Key + Convert.ToHexString(SHA1.HashData(file.Value)))))));
        var repository = new Repository(commit, files, [.. large ?? files.Keys.Where(IsLarge)]);
        repositories[$"{id}@{revision}"] = repository;
        repositories[$"{id}@{commit}"] = repository;
        return commit;
    }

    /// <summary>The name of a content in the store.</summary>
    public static string HashOf(string name, byte[] bytes) => IsLarge(name)
        ? Convert.ToHexStringLower(SHA256.HashData(bytes))
        : Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {bytes.Length}\0")), .. bytes]));

    /// <inheritdoc/>
    public void Dispose()
    {
        stop.Cancel();
        listener.Dispose();
    }

    private static bool IsLarge(string name) => Path.GetExtension(name) is ".safetensors" or ".bin" or ".gguf" or ".parquet" or ".gz" or ".model";

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                _ = Task.Run(() => ServeAsync(client));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                if (await ReadAsync(stream) is { } request)
                {
                    Requests.Enqueue(request);
                    var answer = Change(request, Intercept(request) ?? Answer(request));
                    await WriteAsync(client, stream, request, answer);
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
            {
            }
        }
    }

    private static async Task<HubRequest?> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        byte[] one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return null;
            }

            text.Append((char)one[0]);
        }

        string[] lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] first = lines[0].Split(' ');
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        return new HubRequest(first[0], Uri.UnescapeDataString(first[1]), headers);
    }

    private HubAnswer Answer(HubRequest request)
    {
        string[] parts = request.Path.TrimStart('/').Split('/');
        if (parts is ["api", var kind, var owner, var name, "revision", ..])
        {
            string revision = string.Join('/', parts[5..]);
            return Find($"{kind}/{owner}/{name}", revision) is { } listed
                ? new HubAnswer(200, Encoding.UTF8.GetBytes(listed.Listing())) { ["Content-Type"] = "application/json" }
                : Missing($"{kind}/{owner}/{name}");
        }

        bool isDataset = parts[0] == "datasets";
        parts = isDataset ? parts[1..] : parts;
        string id = $"{(isDataset ? "datasets" : "models")}/{parts[0]}/{parts[1]}";
        string file = string.Join('/', parts[4..]);
        if (Find(id, parts[3]) is not { } repository)
        {
            return Missing(id);
        }

        if (!repository.Files.TryGetValue(file, out byte[]? bytes))
        {
            return new HubAnswer(404, []) { ["X-Error-Code"] = "EntryNotFound" };
        }

        return Content(request, bytes, repository.Commit, HashOf(repository.Large.Contains(file) ? "x.bin" : "x.json", bytes));
    }

    /// <summary>A file, or the range of it that is asked for.</summary>
    public static HubAnswer Content(HubRequest request, byte[] bytes, string commit, string hash)
    {
        int from = request.From ?? 0;
        if (from > 0 && from >= bytes.Length)
        {
            return new HubAnswer(416, []);
        }

        var answer = new HubAnswer(from > 0 ? 206 : 200, bytes[from..]) { ["ETag"] = $"\"{hash}\"", ["X-Repo-Commit"] = commit };
        if (from > 0)
        {
            answer["Content-Range"] = FormattableString.Invariant($"bytes {from}-{bytes.Length - 1}/{bytes.Length}");
        }

        return answer;
    }

    private Repository? Find(string id, string revision) => repositories.GetValueOrDefault($"{id}@{revision}");

    private HubAnswer Missing(string id) => repositories.Keys.Any(key => key.StartsWith(id + "@", StringComparison.Ordinal))
        ? new HubAnswer(404, []) { ["X-Error-Code"] = "RevisionNotFound", ["X-Error-Message"] = "Invalid rev id" }
        : new HubAnswer(401, []) { ["X-Error-Code"] = "RepoNotFound", ["X-Error-Message"] = "Repository not found" };

    private async Task WriteAsync(TcpClient client, NetworkStream stream, HubRequest request, HubAnswer answer)
    {
        var head = new StringBuilder(FormattableString.Invariant($"HTTP/1.1 {answer.Status} Answer\r\nConnection: close\r\nContent-Length: {answer.Body.Length}\r\n"));
        foreach (var (name, value) in answer.Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()));
        if (request.Method == "HEAD")
        {
            return;
        }

        int length = Math.Min(answer.Body.Length, answer.CutAfter ?? int.MaxValue);
        for (int start = 0; start < length; start += answer.Chunk)
        {
            await stream.WriteAsync(answer.Body.AsMemory(start, Math.Min(answer.Chunk, length - start)));
            if (answer.Pause is { } pause)
            {
                await stream.FlushAsync();
                await Task.Delay(pause, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }

        if (length < answer.Body.Length && !answer.Stalls)
        {
            await stream.FlushAsync();
            client.Client.LingerState = new LingerOption(false, 0);
        }
        else if (answer.Stalls)
        {
            await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private sealed record Repository(string Commit, IReadOnlyDictionary<string, byte[]> Files, HashSet<string> Large)
    {
        public string Listing() => new JsonObject
        {
            ["sha"] = Commit,
            ["siblings"] = new JsonArray([.. Files.Keys.Select(name => new JsonObject { ["rfilename"] = name })]),
        }.ToJsonString();
    }
}

/// <summary>What was asked of a <see cref="TestHub"/>.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Path">The path, unescaped.</param>
/// <param name="Headers">All headers.</param>
public sealed record HubRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The first byte of the range that is asked for.</summary>
    public int? From => Headers.TryGetValue("Range", out string? range) ? int.Parse(range["bytes=".Length..].TrimEnd('-'), CultureInfo.InvariantCulture) : null;
}

/// <summary>What a <see cref="TestHub"/> answers.</summary>
/// <param name="Status">The status.</param>
/// <param name="Body">The bytes that are announced.</param>
public sealed record HubAnswer(int Status, byte[] Body)
{
    /// <summary>The headers.</summary>
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Bytes after which the connection ends.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Whether nothing comes any more instead of an end.</summary>
    public bool Stalls { get; init; }

    /// <summary>Bytes that are written at once.</summary>
    public int Chunk { get; init; } = 1 << 16;

    /// <summary>Pause behind each chunk.</summary>
    public TimeSpan? Pause { get; init; }

    /// <summary>One header.</summary>
    public string this[string name]
    {
        get => Headers[name];
        set => Headers[name] = value;
    }
}
