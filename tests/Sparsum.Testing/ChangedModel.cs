using System.Text.Json.Nodes;

namespace Sparsum.Testing;

/// <summary>A copy of a reference model with other values in its configuration.</summary>
public static class ChangedModel
{
    /// <summary>Copies weights and configuration.</summary>
    /// <param name="source">The model.</param>
    /// <param name="target">An existing folder.</param>
    /// <param name="changes">A JSON object of the keys that get another value.</param>
    public static void Copy(string source, string target, string changes)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(source, "config.json")))!.AsObject();
        foreach (var (key, value) in JsonNode.Parse(changes)!.AsObject())
        {
            config[key] = value?.DeepClone();
        }

        File.WriteAllText(Path.Combine(target, "config.json"), config.ToJsonString());
        File.Copy(Path.Combine(source, "model.safetensors"), Path.Combine(target, "model.safetensors"));
    }
}
