using System.Net;
using System.Security.Cryptography;
using System.Text;
using Sparsum.Core;

namespace Sparsum.Hub;

/// <summary>
/// Fetches one content into the store. It grows in <c>HASH.incomplete</c>, which stays whatever happens, and gets its name only when its
/// hash is right.
/// </summary>
internal sealed class HubDownload(HubClient client, HubReference reference, string commit, HubFile file, string blob, Action<long> onBytes) : IDisposable
{
    /// <summary>How the names of contents end that are not whole yet.</summary>
    public const string Suffix = ".incomplete";

    private readonly string partial = blob + Suffix;
    private readonly byte[] buffer = new byte[1 << 18];
    private IncrementalHash hash = CreateHash(file);
    private long length;

    /// <summary>Bytes that came over the network.</summary>
    public long Received { get; private set; }

    /// <summary>Fetches what is missing.</summary>
    /// <exception cref="RunFailedException">The hub cannot be reached, the disk is full, or the hash is wrong.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var stream = Open();
        Resume(stream, cancellationToken);
        bool isOld = length > 0;
        while (true)
        {
            await FillAsync(stream, cancellationToken).ConfigureAwait(false);
            string found = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (length == file.Bytes && found == file.Hash)
            {
                break;
            }

            // What an earlier run has left may have been damaged since; what came just now was wrong from the start.
            string what = length == file.Bytes ? found : FormattableString.Invariant($"more than {file.Bytes} bytes");
            Truncate(stream);
            if (!isOld)
            {
                await stream.DisposeAsync().ConfigureAwait(false);
                File.Delete(partial);
                throw client.Errors.Damaged(reference, file, what);
            }

            isOld = false;
        }

        Guard(() => stream.Flush(flushToDisk: true));
        await stream.DisposeAsync().ConfigureAwait(false);
        Guard(() => File.Move(partial, blob, overwrite: true));
    }

    public void Dispose() => hash.Dispose();

    private static IncrementalHash CreateHash(HubFile file)
    {
        if (file.Hash.Length == 64)
        {
            return IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        }

        // Git names a content by the hash of this header and the bytes.
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(Encoding.ASCII.GetBytes(FormattableString.Invariant($"blob {file.Bytes}\0")));
        return hash;
    }

    private FileStream Open()
    {
        FileStream? stream = null;
        Guard(() => stream = new FileStream(partial, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0));
        return stream!;
    }

    private void Resume(FileStream stream, CancellationToken cancellationToken)
    {
        if (stream.Length > file.Bytes)
        {
            Truncate(stream);
            return;
        }

        // Not to the end: what is no regular file may have none.
        long there = stream.Length;
        for (int count; length < there && (count = stream.Read(buffer)) > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            hash.AppendData(buffer, 0, count);
            length += count;
        }

        onBytes(length);
    }

    private async Task FillAsync(FileStream stream, CancellationToken cancellationToken)
    {
        int attempt = 0;
        while (length < file.Bytes)
        {
            long before = length;
            try
            {
                await FetchAsync(stream, cancellationToken).ConfigureAwait(false);
                if (length < file.Bytes)
                {
                    throw new PassingFailure(FormattableString.Invariant($"the connection ended after {length} of {file.Bytes} bytes"), null);
                }
            }
            catch (PassingFailure failure)
            {
                // Whoever gets on is not at an end.
                attempt = length > before ? 1 : attempt + 1;
                await client.PauseAsync(reference, failure, attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task FetchAsync(FileStream stream, CancellationToken cancellationToken)
    {
        using var response = await client.OpenAsync(reference, commit, file, length, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            Truncate(stream);
            throw new PassingFailure("the server has no bytes from there on", null);
        }

        bool goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == length;
        if (!goesOn)
        {
            Truncate(stream);
            if (response.StatusCode == HttpStatusCode.PartialContent)
            {
                throw new PassingFailure("the server sends other bytes than it was asked for", null);
            }
        }

        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        for (int count; length <= file.Bytes && (count = await client.ReadAsync(content, buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            int taken = count;
            Guard(() => stream.Write(buffer, 0, taken));
            hash.AppendData(buffer, 0, count);
            length += count;
            Received += count;
            onBytes(count);
        }
    }

    private void Truncate(FileStream stream)
    {
        Guard(() => stream.SetLength(0));
        stream.Position = 0;
        hash.Dispose();
        hash = CreateHash(file);
        onBytes(-length);
        length = 0;
    }

    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, partial);
        }
    }
}
