using System.Text;
using Sparsum.Core;

namespace Sparsum.Hub;

/// <summary>Where the hub and its cache are, and how patient a pull is.</summary>
public sealed record HubOptions
{
    private static readonly string[] TrueWords = ["1", "ON", "YES", "TRUE"];

    /// <summary>The hub that everybody means.</summary>
    public static Uri DefaultEndpoint { get; } = new("https://huggingface.co");

    /// <summary>The hub.</summary>
    public Uri Endpoint { get; init; } = DefaultEndpoint;

    /// <summary>The folder of the cache.</summary>
    public required string Cache { get; init; }

    /// <summary>
    /// Who asks, for repositories that are not open to all; null asks as nobody. It is sent to <see cref="Endpoint"/> alone, and neither
    /// <see cref="ToString"/> nor any error shows it.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>Whether nothing is asked of the network.</summary>
    public bool IsOffline { get; init; }

    /// <summary>Files that are fetched at a time.</summary>
    public int Parallelism { get; init; } = 4;

    /// <summary>How often one thing is tried without getting on.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>The pause before the second attempt; each further one is twice as long, up to <see cref="LongestPause"/>.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause between two attempts, of those too that the hub asks for.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long nothing may come before a connection counts as cut.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether snapshots are links into the store, as long as the file system has links. Without, they hold the files themselves.</summary>
    public bool UseLinks { get; init; } = true;

    /// <summary>Measures pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// What the environment says, under the names that Hugging Face libraries read: <c>HF_ENDPOINT</c>, <c>HF_HUB_CACHE</c> or <c>HF_HOME</c>,
    /// <c>HF_TOKEN</c> or the file <c>HF_TOKEN_PATH</c>, <c>HF_HUB_OFFLINE</c>.
    /// </summary>
    /// <param name="read">Reads a variable; null reads those of the process.</param>
    /// <exception cref="InvalidInputException">The endpoint is none: <c>invalid-endpoint</c>.</exception>
    public static HubOptions FromEnvironment(Func<string, string?>? read = null)
    {
        read ??= Environment.GetEnvironmentVariable;
        string home = First("HF_HOME") ?? Path.Combine(
            First("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "huggingface");
        return new HubOptions
        {
            Endpoint = First("HF_ENDPOINT") is { } endpoint ? ParseEndpoint(endpoint) : DefaultEndpoint,
            Cache = Path.GetFullPath(Expand(First("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"))),
            Token = Clean(First("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")) ?? (IsTrue(First("HF_HUB_DISABLE_IMPLICIT_TOKEN"))
                ? null
                : ReadToken(Expand(First("HF_TOKEN_PATH") ?? Path.Combine(home, "token")))),
            IsOffline = IsTrue(First("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")),
        };

        string? First(params ReadOnlySpan<string> names)
        {
            foreach (string name in names)
            {
                if (read(name) is { } value && value.Trim().Length > 0)
                {
                    return value.Trim();
                }
            }

            return null;
        }
    }

    /// <summary>Reads the address of a hub.</summary>
    /// <exception cref="InvalidInputException">It is no address of a web server, or holds a password: <c>invalid-endpoint</c>.</exception>
    public static Uri ParseEndpoint(string text) =>
        Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var uri)
        && uri.Scheme is "https" or "http"
        && uri.UserInfo.Length == 0
        && uri.Query.Length == 0
        && uri.Fragment.Length == 0
            ? uri
            : throw new InvalidInputException("invalid-endpoint", "The address of the hub is none of a web server.")
            {
                Option = "endpoint",
                Expected = "https://HOST, with a path if need be, without user name, password and query",
                Hint = "Give the address without anything secret in it; the token has a variable of its own, HF_TOKEN.",
            };

    // What a record writes of itself would have the token in it.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Endpoint = ").Append(Endpoint).Append(", Cache = ").Append(Cache).Append(", IsOffline = ").Append(IsOffline);
        return true;
    }

    private static string Expand(string path) => path is "~" || path.StartsWith("~/", StringComparison.Ordinal)
        ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) + path[1..]
        : path;

    private static bool IsTrue(string? value) => value is not null && TrueWords.Contains(value.ToUpperInvariant());

    private static string? ReadToken(string path)
    {
        try
        {
            return File.Exists(path) && new FileInfo(path).Length < 4096 ? Clean(File.ReadAllText(path)) : null;
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            return null;
        }
    }

    // Nothing else can stand in a header.
    private static string? Clean(string? token) =>
        token?.Trim() is { Length: > 0 } text && text.All(character => character is > ' ' and <= '~') ? text : null;
}
