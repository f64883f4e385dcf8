namespace Sparsum.Evaluation.Tests.Fakes;

/// <summary>A clock that moves only when told to.</summary>
internal sealed class ManualClock : TimeProvider
{
    private long now;

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => now;

    public void Advance(long milliseconds) => now += milliseconds;
}
