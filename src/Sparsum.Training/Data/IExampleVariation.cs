namespace Sparsum.Training.Data;

/// <summary>
/// Gives every example another form in each epoch, such as other hidden tokens. The form is a function of example and epoch alone, so that a
/// resumed run sees what the first one would have seen.
/// </summary>
public interface IExampleVariation
{
    /// <summary>Everything that decides about the forms, as text; part of <see cref="TrainingData.Fingerprint"/>.</summary>
    string Fingerprint { get; }

    /// <summary>The form of an example in an epoch; about as long as the example itself, by whose length batches are formed.</summary>
    /// <param name="example">The example.</param>
    /// <param name="index">Its index in the data.</param>
    /// <param name="epoch">The epoch, from 0.</param>
    TrainingExample Vary(TrainingExample example, int index, int epoch);
}
