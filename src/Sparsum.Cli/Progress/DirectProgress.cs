namespace Sparsum.Cli.Progress;

/// <summary>Passes reports on at once and in order; <see cref="Progress{T}"/> would queue them to the thread pool.</summary>
internal sealed class DirectProgress<T>(Action<T> action) : IProgress<T>
{
    public void Report(T value) => action(value);
}
