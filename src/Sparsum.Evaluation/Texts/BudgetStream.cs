namespace Sparsum.Evaluation.Texts;

/// <summary>
/// A file that is read a few times over and no more. What a damaged file says of its own parts can send a reader round in circles; this ends
/// them, whatever they look for, by the size of the file alone.
/// </summary>
/// <param name="file">The file; this owns it.</param>
internal sealed class BudgetStream(Stream file) : Stream
{
    private const int Times = 4;
    private const long Least = 1 << 20;

    private readonly long budget = (Times * file.Length) + Least;
    private long spent;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    /// <exception cref="InvalidDataException">The budget is spent.</exception>
    public override int Read(Span<byte> buffer) => Spend(file.Read(buffer));

    /// <inheritdoc cref="Read(Span{byte})"/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc cref="Read(Span{byte})"/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Spend(await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));

    /// <inheritdoc cref="Read(Span{byte})"/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    // Reading nothing, at the end, costs too: who does that for ever comes no further.
    private int Spend(int bytes)
    {
        spent += Math.Max(1, bytes);
        return spent <= budget ? bytes : throw new InvalidDataException("its parts are read over and over: it contradicts itself");
    }
}
