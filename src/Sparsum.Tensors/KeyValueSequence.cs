namespace Sparsum.Tensors;

/// <summary>Where the keys and values of one sequence lie.</summary>
/// <param name="Keys">Its keys, and maybe those of others.</param>
/// <param name="Values">Its values, in the same rows.</param>
/// <param name="First">The row of its first key.</param>
/// <param name="Length">How many keys it has.</param>
public readonly record struct KeyValueSequence(KeyValueRows Keys, KeyValueRows Values, int First, int Length);
