using Sparsum.Training.Data;
using Sparsum.Training.Optimization;

namespace Sparsum.Training;

/// <summary>Reported after every optimiser step.</summary>
/// <param name="Position">Where in the data the run is now.</param>
/// <param name="TotalSteps">Optimiser steps of the whole run.</param>
/// <param name="Loss">Mean loss of the step's batch, before the step.</param>
/// <param name="Step">What the optimiser did.</param>
public sealed record TrainingProgress(DataPosition Position, int TotalSteps, double Loss, OptimizerStep Step);
