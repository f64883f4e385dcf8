using Sparsum.Core;

namespace Sparsum.Training.Events;

/// <summary>
/// A file of events as TensorBoard reads it: TFRecord framing around messages of the public <c>event.proto</c>, of which this writes scalars.
/// Every record is in the file when <see cref="Add"/> returns, so that a run can be watched. Moments are the caller's: a file that tells real ones
/// is not the same twice.
/// </summary>
public sealed class EventFile : IDisposable
{
    /// <summary>What the names of such files have in them; TensorBoard looks for it.</summary>
    public const string NamePrefix = "events.out.tfevents.";

    private const string Version = "brain.Event:2";
    private readonly string path;
    private readonly FileStream stream;

    /// <summary>Begins a file; its folder is made where it is not there.</summary>
    /// <param name="path">The file, which must not be there.</param>
    /// <param name="wallTime">The moment, in seconds since 1970.</param>
    /// <exception cref="RunFailedException">It cannot be written.</exception>
    public EventFile(string path, double wallTime)
    {
        this.path = path;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }

        Append(new ProtobufMessage().Double(1, wallTime).Text(3, Version));
    }

    /// <summary>Adds the values of one step.</summary>
    /// <param name="wallTime">The moment, in seconds since 1970.</param>
    /// <param name="step">The step.</param>
    /// <param name="values">Numbers by tag, e.g. <c>train/loss</c>; they are stored in float32.</param>
    /// <exception cref="RunFailedException">The file cannot be written.</exception>
    public void Add(double wallTime, long step, params IEnumerable<(string Tag, double Value)> values)
    {
        var summary = new ProtobufMessage();
        foreach (var (tag, value) in values)
        {
            summary.Message(1, new ProtobufMessage().Text(1, tag).Single(2, (float)value));
        }

        Append(new ProtobufMessage().Double(1, wallTime).Integer(2, step).Message(5, summary));
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private void Append(ProtobufMessage message)
    {
        try
        {
            stream.Write(EventRecord.Frame(message.Encoded));
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, path);
        }
    }
}
