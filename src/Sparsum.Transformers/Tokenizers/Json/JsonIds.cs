using System.Text.Json;

namespace Sparsum.Transformers.Tokenizers.Json;

/// <summary>Token ids in JSON.</summary>
internal static class JsonIds
{
    /// <summary>The id, if the element is one in the allowed range.</summary>
    public static bool TryGetId(this JsonElement element, out int id)
    {
        id = -1;
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out id) && id is >= 0 and <= TokenizerFolder.LargestId;
    }
}
