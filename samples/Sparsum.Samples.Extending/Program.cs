return Sparsum.Samples.Extending.SampleRuns.Run(Console.Out, args);
