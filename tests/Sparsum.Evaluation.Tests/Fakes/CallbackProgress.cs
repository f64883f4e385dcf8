namespace Sparsum.Evaluation.Tests.Fakes;

/// <summary>Reports on the calling thread, in order.</summary>
internal sealed class CallbackProgress<T>(Action<T> callback) : IProgress<T>
{
    public void Report(T value) => callback(value);
}
