using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Reflection;
using Sparsum.Core;

namespace Sparsum.Hub;

/// <summary>
/// Asks the hub: follows redirections itself, so that the token goes to the hub alone; tries again what may be better the next time; and
/// turns what remains into errors that say what to do.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MostRedirects = 10;
    private const int LargestListing = 1 << 26;

    private static readonly string[] FileHeaders = ["X-Linked-Etag", "X-Linked-Size", "X-Repo-Commit"];

    private readonly HubOptions options;
    private readonly HttpClient http;

    public HubClient(HubOptions options, HttpMessageHandler? handler)
    {
        this.options = options;
        Errors = new HubErrors(options);
        http = new HttpClient(handler ?? new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = options.Patience,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        string version = typeof(HubClient).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("sparsum", version));
        http.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    public HubErrors Errors { get; }

    public void Dispose() => http.Dispose();

    /// <summary>The files of a repository at its revision.</summary>
    public Task<HubListing> ListAsync(HubReference reference, CancellationToken cancellationToken)
    {
        string kind = reference.IsDataset ? "datasets" : "models";
        var uri = At($"api/{kind}/{reference.Repository}/revision/{Uri.EscapeDataString(reference.Revision)}");
        return RetryAsync(reference, async () =>
        {
            using var response = await SendAsync(reference, null, HttpMethod.Get, uri, isForHeaders: false, null, cancellationToken).ConfigureAwait(false);
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var json = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            for (int count; (count = await ReadAsync(stream, buffer, cancellationToken).ConfigureAwait(false)) > 0 && json.Length <= LargestListing;)
            {
                json.Write(buffer, 0, count);
            }

            return HubListing.Parse(json.ToArray(), $"{uri}");
        }, cancellationToken);
    }

    /// <summary>Hash and length of a file at a commit, from the headers that the hub answers with before it sends on to where the bytes lie.</summary>
    public Task<HubFile> DescribeAsync(HubReference reference, string commit, string name, CancellationToken cancellationToken) =>
        RetryAsync(reference, async () =>
        {
            using var response = await SendAsync(reference, name, HttpMethod.Head, FileAddress(reference, commit, name), isForHeaders: true, null, cancellationToken)
                .ConfigureAwait(false);
            string? etag = Header(response, "X-Linked-Etag") ?? Header(response, "ETag");
            string hash = (etag ?? "").Replace("W/", "", StringComparison.Ordinal).Trim('"').ToLowerInvariant();
            string? length = Header(response, "X-Linked-Size");
            long? bytes = long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out long linked) ? linked : response.Content.Headers.ContentLength;
            if (Header(response, "X-Repo-Commit") is { } found && found != commit)
            {
                throw Errors.NoHash(reference, name, $"the commit {found}");
            }

            return HubListing.IsHash(hash) && bytes is >= 0
                ? new HubFile(name, hash, bytes.Value)
                : throw Errors.NoHash(reference, name, etag is null ? "no ETag" : $"ETag {etag}, length {bytes}");
        }, cancellationToken);

    /// <summary>Begins to fetch a file from a byte on; the server may begin at the first one all the same.</summary>
    /// <returns>The answer: 200, 206 or 416.</returns>
    public Task<HttpResponseMessage> OpenAsync(HubReference reference, string commit, HubFile file, long from, CancellationToken cancellationToken) =>
        SendAsync(reference, file.Name, HttpMethod.Get, FileAddress(reference, commit, file.Name), isForHeaders: false, from, cancellationToken);

    /// <summary>Reads what comes; nothing for too long is a cut connection.</summary>
    public async Task<int> ReadAsync(Stream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Patience);
        try
        {
            return await stream.ReadAsync(buffer, patience.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsCut(exception, cancellationToken))
        {
            throw new PassingFailure(exception is OperationCanceledException ? "nothing came for too long" : exception.Message, exception);
        }
    }

    /// <summary>Does something until it succeeds, fails for good, or has been tried often enough.</summary>
    public async Task<T> RetryAsync<T>(HubReference reference, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await work().ConfigureAwait(false);
            }
            catch (PassingFailure failure)
            {
                await PauseAsync(reference, failure, attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits before the next attempt.</summary>
    /// <exception cref="RunFailedException">There were enough.</exception>
    public async Task PauseAsync(HubReference reference, PassingFailure failure, int attempt, CancellationToken cancellationToken)
    {
        if (attempt >= (failure.IsUnconnected ? Math.Min(2, options.Attempts) : options.Attempts))
        {
            throw Errors.Unreachable(reference, failure.Message, failure.Status == HttpStatusCode.TooManyRequests, failure.InnerException);
        }

        var pause = failure.RetryAfter ?? options.Pause * Math.Pow(2, attempt - 1);
        await Task.Delay(pause < options.LongestPause ? pause : options.LongestPause, options.Time, cancellationToken).ConfigureAwait(false);
    }

    private Uri At(string path) => new($"{options.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}");

    private Uri FileAddress(HubReference reference, string commit, string name) => At(
        $"{(reference.IsDataset ? "datasets/" : "")}{reference.Repository}/resolve/{commit}/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}");

    /// <summary>Sends a request to where it ends up. For headers alone it ends at the hub, before other hosts.</summary>
    private async Task<HttpResponseMessage> SendAsync(
        HubReference reference, string? file, HttpMethod method, Uri uri, bool isForHeaders, long? from, CancellationToken cancellationToken)
    {
        var seen = new Dictionary<string, string>();
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            var response = await SendOnceAsync(method, uri, from, cancellationToken).ConfigureAwait(false);
            bool isDone = false;
            try
            {
                Remember(response, seen);
                if ((int)response.StatusCode is >= 300 and < 400 && response.Headers.Location is { } location)
                {
                    var next = Follow(uri, location);
                    if (isForHeaders && !IsHub(next))
                    {
                        isDone = true;
                        return response;
                    }

                    uri = next;
                    continue;
                }

                if (response.IsSuccessStatusCode || (from is not null && response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable))
                {
                    isDone = true;
                    return response;
                }

                throw Describe(reference, file, uri, response);
            }
            finally
            {
                if (!isDone)
                {
                    response.Dispose();
                }
            }
        }

        throw Errors.BadRedirect($"more than {MostRedirects} redirections");
    }

    /// <summary>What a file is may be said on the way already, before the last answer.</summary>
    private static void Remember(HttpResponseMessage response, Dictionary<string, string> seen)
    {
        foreach (string name in FileHeaders)
        {
            if (Header(response, name) is { } value)
            {
                seen[name] = value;
            }
            else if (seen.TryGetValue(name, out string? earlier))
            {
                response.Headers.TryAddWithoutValidation(name, earlier);
            }
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri uri, long? from, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, uri);
        if (options.Token is { } token && IsHub(uri))
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        if (from is > 0)
        {
            request.Headers.Range = new RangeHeaderValue(from, null);
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Patience);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsCut(exception, cancellationToken))
        {
            throw new PassingFailure(exception is OperationCanceledException ? "no answer came" : exception.Message, exception)
            {
                IsUnconnected = exception is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.ConnectionError },
            };
        }
    }

    private Uri Follow(Uri from, Uri location)
    {
        var next = location.IsAbsoluteUri ? location : new Uri(from, location);
        bool isDowngrade = from.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps;
        return next.Scheme is "https" or "http" && !isDowngrade && next.UserInfo.Length == 0 ? next : throw Errors.BadRedirect($"{next.Scheme}://{next.Host}");
    }

    private Exception Describe(HubReference reference, string? file, Uri uri, HttpResponseMessage response)
    {
        var status = response.StatusCode;
        string what = FormattableString.Invariant($"status {(int)status} from {uri.Authority}");
        if (status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout || (int)status >= 500)
        {
            return new PassingFailure(what, null) { Status = status, RetryAfter = response.Headers.RetryAfter?.Delta };
        }

        // Where the bytes lie, addresses hold for a while only: the hub gives out a new one when it is asked again.
        return IsHub(uri)
            ? Errors.Refused(reference, file, status, Header(response, "X-Error-Code"), Header(response, "X-Error-Message"))
            : new PassingFailure(what, null) { Status = status };
    }

    private bool IsHub(Uri uri) =>
        uri.Scheme == options.Endpoint.Scheme
        && uri.Port == options.Endpoint.Port
        && uri.Host.Equals(options.Endpoint.Host, StringComparison.OrdinalIgnoreCase);

    private static bool IsCut(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values) ? values.FirstOrDefault() : null;
}

/// <summary>A failure that may be over the next time.</summary>
internal sealed class PassingFailure(string message, Exception? cause) : Exception(message, cause)
{
    /// <summary>The status of the answer; null where none came.</summary>
    public HttpStatusCode? Status { get; init; }

    /// <summary>Whether there was no connection at all: no name, or nobody there, which seldom changes within seconds.</summary>
    public bool IsUnconnected { get; init; }

    /// <summary>When the server wants to be asked again.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
