using Sparsum.Core;
using Sparsum.Tensors;
using Sparsum.Tensors.Backends.Cpu;
using Sparsum.Transformers.Models;

namespace Sparsum.Extensions.AI;

/// <summary>A model in memory, which one request at a time computes with.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly CpuBackend backend;
    private bool isDisposed;

    public LoadedModel(PretrainedModel pretrained, StorageType storage, int threads, CancellationToken cancellationToken)
    {
        Pretrained = pretrained;
        backend = new CpuBackend(threads);
        try
        {
            // Opened now, so that a model without one is refused here rather than in the first request.
            _ = pretrained.Tokenizer;
            pretrained.LoadPacked(backend, storage, cancellationToken);
        }
        catch
        {
            backend.Dispose();
            pretrained.Dispose();
            throw;
        }
    }

    public PretrainedModel Pretrained { get; }

    /// <summary>The name by which responses call the model.</summary>
    public string Name => Path.GetFileName(Path.TrimEndingDirectorySeparator(Pretrained.Folder));

    /// <summary>Waits for the requests before, then computes on another thread.</summary>
    /// <exception cref="ObjectDisposedException">The model is gone.</exception>
    public async Task<T> RunAsync<T>(Func<Computation, T> compute, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, typeof(LoadedModel));
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(isDisposed, typeof(LoadedModel));
            return await Task.Run(
                () =>
                {
                    using var computation = new Computation(backend);
                    return compute(computation);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Gives the memory back once the request that runs has ended; those that wait fail.</summary>
    public void Dispose()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        turn.Wait();
        try
        {
            Pretrained.Dispose();
            backend.Dispose();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>The error for a request that asks for what the model cannot do.</summary>
    public static InvalidInputException Unsupported(string option, string found, string expected) =>
        new("unsupported-option", $"The option {option} cannot be honoured by a model on this machine.")
        {
            Option = option,
            Found = found,
            Expected = expected,
            Hint = "Leave it out.",
        };
}
