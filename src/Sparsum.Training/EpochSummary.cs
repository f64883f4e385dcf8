namespace Sparsum.Training;

/// <summary>What an epoch came to.</summary>
/// <param name="Epoch">Its number, from 0.</param>
/// <param name="MeanLoss">Mean over its batches of their losses.</param>
/// <param name="Steps">Optimiser steps so far.</param>
public sealed record EpochSummary(int Epoch, double MeanLoss, int Steps);
