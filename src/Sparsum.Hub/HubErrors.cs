using System.Net;
using Sparsum.Core;

namespace Sparsum.Hub;

/// <summary>What went wrong at the hub, and what to do about it. No text holds the token, whatever the server answers.</summary>
internal sealed class HubErrors(HubOptions options)
{
    private const int LongestAnswer = 300;

    private string Host => options.Endpoint.Authority;

    private bool HasToken => options.Token is not null;

    /// <summary>The error of an answer that no other attempt will change.</summary>
    /// <param name="reference">What was asked for.</param>
    /// <param name="file">The file, or null for the repository itself.</param>
    /// <param name="status">The status.</param>
    /// <param name="code">What the hub calls the error; null where it does not.</param>
    /// <param name="message">What the hub says of it.</param>
    public InvalidInputException Refused(HubReference reference, string? file, HttpStatusCode status, string? code, string? message)
    {
        string what = reference.IsDataset ? "data set" : "model";
        string page = $"{options.Endpoint.AbsoluteUri.TrimEnd('/')}/{(reference.IsDataset ? "datasets/" : "")}{reference.Repository}";
        return (status, code) switch
        {
            (_, "GatedRepo") or (HttpStatusCode.Forbidden, null) => Error(
                "gated-repository",
                $"The {what} '{reference.Repository}' is not open to {(HasToken ? "this account" : "everybody")}.",
                HasToken
                    ? $"Ask for access at {page} with the account whose token this is; the token must be allowed to read gated repositories."
                    : $"Accept its terms at {page}, and put a token of that account into HF_TOKEN."),
            (_, "RevisionNotFound") => Error(
                "unknown-revision", $"'{reference.Repository}' has no revision '{reference.Revision}'.", $"See the branches and tags at {page}."),
            (_, "EntryNotFound") => Error(
                "unknown-hub-file", $"'{reference.Repository}' has no file '{file}' at '{reference.Revision}'.", $"See its files at {page}."),
            (HttpStatusCode.Unauthorized, _) when HasToken && code != "RepoNotFound" => Error(
                "token-refused", $"{Host} does not accept the token.", "Put a valid token into HF_TOKEN, or remove it for repositories that are open to all."),
            (HttpStatusCode.NotFound, null) when file is not null => Error(
                "unknown-hub-file", $"'{reference.Repository}' has no file '{file}' at '{reference.Revision}'.", $"See its files at {page}."),
            (HttpStatusCode.Unauthorized or HttpStatusCode.NotFound, _) => Error(
                "unknown-repository",
                $"{Host} has no {what} '{reference.Repository}'{(HasToken ? " that this token may see" : ", or it is private")}.",
                HasToken ? "Check the name." : "Check the name; for a private repository put a token into HF_TOKEN."),
            (HttpStatusCode.Forbidden, _) => Error("access-denied", $"{Host} does not give out '{reference.Repository}'.", "Check the token's rights."),
            (HttpStatusCode.UnavailableForLegalReasons, _) => Error(
                "access-denied", $"{Host} may not give out '{reference.Repository}' for legal reasons.", $"See {page}."),
            _ => Error("hub-refused", $"{Host} refuses to give out '{reference}'.", "Check the name and the endpoint."),
        };

        InvalidInputException Error(string name, string text, string hint) => new(name, text)
        {
            File = file,
            Found = message is { Length: > 0 } ? $"{(int)status}: {Clean(message)}" : FormattableString.Invariant($"status {(int)status}"),
            Hint = hint,
        };
    }

    /// <summary>The error of a hub that could not be asked, or asked no further, after all attempts.</summary>
    /// <param name="reference">What was asked for.</param>
    /// <param name="what">What happened the last time.</param>
    /// <param name="isTooMuch">Whether the hub wants fewer requests.</param>
    /// <param name="cause">The exception behind it.</param>
    public RunFailedException Unreachable(HubReference reference, string what, bool isTooMuch, Exception? cause) => new(
        isTooMuch ? "hub-too-many-requests" : "hub-unreachable",
        isTooMuch ? $"{Host} wants fewer requests." : $"'{reference.Repository}' could not be fetched from {Host}.",
        cause is null ? null : new HttpRequestException(Clean(cause.Message)))
    {
        Found = Clean(what),
        Hint = isTooMuch
            ? $"Wait some minutes{(HasToken ? "" : ", or put a token into HF_TOKEN")}; then run the same command again: what has come is kept."
            : "Check the connection and the endpoint, then run the same command again: what has come is kept.",
    };

    /// <summary>The error of bytes that are not those that the hub announced.</summary>
    public RunFailedException Damaged(HubReference reference, HubFile file, string found) => new(
        "hub-hash-mismatch", $"What came as '{file.Name}' of '{reference.Repository}' is not what {Host} announced.")
    {
        File = file.Name,
        Found = found,
        Expected = file.Hash,
        Hint = "It was thrown away. Run the same command again; if it comes again, something between here and the hub changes files.",
    };

    /// <summary>The error of a server that does not say what its files are.</summary>
    public InvalidInputException NoHash(HubReference reference, string file, string found) => new(
        "no-hub-hash", $"{Host} does not say by what hash '{file}' of '{reference.Repository}' can be checked.")
    {
        File = file,
        Found = Clean(found),
        Expected = "X-Linked-Etag or ETag of 40 or 64 hexadecimal digits, and a length",
        Hint = "Use another endpoint; a file that cannot be checked is not taken.",
    };

    /// <summary>The error of a redirection that is not followed.</summary>
    public InvalidInputException BadRedirect(string found) => new("bad-redirect", $"{Host} sends on to where nothing is fetched from.")
    {
        Found = Clean(found),
        Expected = "a web address, over TLS if the hub's is",
        Hint = "Check the endpoint.",
    };

    /// <summary>The error of a name that is not in the cache where nothing may be asked for.</summary>
    public InvalidInputException NotCached(HubReference reference, string? found) => new(
        "not-in-cache", $"'{reference}' is not whole in the cache, and the network is not to be used.")
    {
        File = options.Cache,
        Found = found,
        Hint = "Pull it once with a connection, or allow the network: unset HF_HUB_OFFLINE and leave out `offline`.",
    };

    /// <summary>A text of the server as one line without the token.</summary>
    public string Clean(string text)
    {
        string line = new([.. text.Where(character => !char.IsControl(character)).Take(LongestAnswer)]);
        return options.Token is { Length: > 0 } token ? line.Replace(token, "***", StringComparison.Ordinal) : line;
    }
}
