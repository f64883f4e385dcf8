using Xunit;

// Sessions run in the current directory, which the process has one of.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
