namespace Sparsum.Transformers.Tokenizers.Training;

/// <summary>Tokens numbered in the order in which they are added.</summary>
internal sealed class Vocabulary
{
    private readonly List<string> tokens = [];
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);

    /// <summary>The tokens by id.</summary>
    public IReadOnlyList<string> Tokens => tokens;

    /// <summary>The number of a token that is there.</summary>
    public int this[string token] => ids[token];

    /// <summary>Whether a token is there.</summary>
    public bool Contains(string token) => ids.ContainsKey(token);

    /// <summary>The number of a token, which is added when it is not there.</summary>
    public int Add(string token)
    {
        if (!ids.TryGetValue(token, out int id))
        {
            id = tokens.Count;
            tokens.Add(token);
            ids.Add(token, id);
        }

        return id;
    }
}
