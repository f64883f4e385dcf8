using System.Security.Cryptography;
using System.Text;
using Sparsum.Transformers.Models;

namespace Sparsum.Pruning.OneShot.Streaming;

/// <summary>
/// Tells models apart without reading all of them: configuration, names, types and shapes of all tensors, and of every weight file its
/// length and its first and last mebibyte. Independent of folder and time stamps.
/// </summary>
internal static class ModelFingerprint
{
    private const int SampleBytes = 1 << 20;

    public static string Compute(PretrainedModel pretrained)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(pretrained.Config.GetRawText()));
        var tensors = pretrained.Checkpoint.Tensors.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal).ToList();
        foreach (var tensor in tensors)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(
                FormattableString.Invariant($"{tensor.Name} {tensor.DataType} [{string.Join(',', tensor.Shape)}]\n")));
        }

        foreach (string file in tensors.Select(tensor => pretrained.Checkpoint.FileOf(tensor.Name)).Distinct().Order(StringComparer.Ordinal))
        {
            AppendFile(hash, file);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AppendFile(IncrementalHash hash, string file)
    {
        using var stream = File.OpenRead(file);
        hash.AppendData(BitConverter.GetBytes(stream.Length));
        byte[] buffer = new byte[SampleBytes];
        hash.AppendData(buffer.AsSpan(0, stream.ReadAtLeast(buffer, SampleBytes, throwOnEndOfStream: false)));
        stream.Position = Math.Max(0, stream.Length - SampleBytes);
        hash.AppendData(buffer.AsSpan(0, stream.ReadAtLeast(buffer, SampleBytes, throwOnEndOfStream: false)));
    }
}
