using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sparsum.Core;

namespace Sparsum.Transformers.Models;

/// <summary>
/// Checks each field of a configuration file before it is used: its kind, and the range that its name implies. Messages name the key as
/// the file has it.
/// </summary>
internal static class ConfigFields
{
    /// <summary>Fields whose negative values mean something.</summary>
    private static readonly string[] Signed = ["max_relative_positions", "position_buckets", "sparse_pred_ignore_index"];

    /// <summary>Checks the fields that a record has; others are not looked at.</summary>
    /// <param name="config">The object of the file.</param>
    /// <param name="json">The contract of the record.</param>
    /// <exception cref="InvalidInputException">A field is of another kind, or a number out of range.</exception>
    public static void Check(JsonElement config, JsonTypeInfo json)
    {
        foreach (var property in json.Properties)
        {
            if (config.TryGetProperty(property.Name, out var value))
            {
                Check(property, value);
            }
        }
    }

    /// <summary>Reads a record; the fields were checked.</summary>
    /// <exception cref="InvalidInputException">A field that is a list or an object is of another kind inside.</exception>
    public static T Deserialize<T>(Func<T?> read, JsonElement config)
    {
        try
        {
            return read()!;
        }
        catch (JsonException e)
        {
            string path = e.Path is { Length: > 2 } found ? found[2..] : "?";
            string key = path.Split('.', '[')[0];
            throw WrongKind(path, config.TryGetProperty(key, out var value) ? value : default, "a value of another kind", e);
        }
    }

    /// <summary>Whether null stands for no rather than for a value that is missing: the reference takes null for false.</summary>
    public static bool MeansFalse(JsonPropertyInfo property, JsonElement value) =>
        value.ValueKind == JsonValueKind.Null && property.PropertyType == typeof(bool);

    private static void Check(JsonPropertyInfo property, JsonElement value)
    {
        string key = property.Name;
        var type = Nullable.GetUnderlyingType(property.PropertyType);
        bool isOptional = type is not null || !property.PropertyType.IsValueType;
        type ??= property.PropertyType;
        if (property.CustomConverter is not null)
        {
            CheckIds(key, value);
            return;
        }

        if (value.ValueKind == JsonValueKind.Null)
        {
            if (type == typeof(bool) || (isOptional && property.IsSetNullable))
            {
                return;
            }

            throw WrongKind(key, value, KindOf(type));
        }

        bool fits = type == typeof(int) ? value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out _)
            : type == typeof(double) ? value.ValueKind == JsonValueKind.Number
            : type == typeof(bool) ? value.ValueKind is JsonValueKind.True or JsonValueKind.False
            : type != typeof(string) || value.ValueKind == JsonValueKind.String;
        if (!fits)
        {
            throw WrongKind(key, value, KindOf(type));
        }

        if (value.ValueKind == JsonValueKind.Number)
        {
            CheckRange(key, value, value.GetDouble(), type == typeof(int));
        }
    }

    private static void CheckIds(string key, JsonElement value)
    {
        foreach (var id in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : Enumerable.Repeat(value, 1))
        {
            if (id.ValueKind == JsonValueKind.Number)
            {
                CheckRange(key, id, id.GetDouble(), isInteger: true);
            }
        }
    }

    private static void CheckRange(string key, JsonElement value, double number, bool isInteger)
    {
        var (isRight, expected) = key switch
        {
            _ when !double.IsFinite(number) => (false, "a finite number"),
            "pad_token_id" => (number >= -1, "at least 0, or -1 for none"),
            "max_new_tokens" => (number >= 1, "at least 1"),
            "top_p" => (number is >= 0 and <= 1, "0 to 1"),
            "repetition_penalty" or "rope_theta" or "rope_local_base_freq" => (number > 0, "above 0"),
            _ when key.EndsWith("_eps", StringComparison.Ordinal) || key.EndsWith("_epsilon", StringComparison.Ordinal) =>
                (number is > 0 and < 1, "above 0 and below 1"),
            _ when key.Contains("dropout", StringComparison.Ordinal) || key.EndsWith("_pdrop", StringComparison.Ordinal) =>
                (number is >= 0 and < 1, "at least 0 and below 1"),
            "temperature" or "initializer_range" or "initializer_factor" or "init_std" => (number >= 0, "at least 0"),
            _ => (!isInteger || number >= 0 || Signed.Contains(key), "at least 0"),
        };
        if (!isRight)
        {
            throw ConfigCheck.Invalid(key, value.GetRawText(), expected);
        }
    }

    private static string KindOf(Type type) => type == typeof(int) ? "a whole number"
        : type == typeof(double) ? "a number"
        : type == typeof(bool) ? "true or false"
        : type == typeof(string) ? "a text"
        : "a list or an object";

    private static InvalidInputException WrongKind(string key, JsonElement value, string expected, Exception? cause = null)
    {
        string text = value.ValueKind == JsonValueKind.Undefined ? "missing" : value.GetRawText();
        string found = text.Length <= 60 ? text : $"{text[..60]}…";
        return new InvalidInputException("malformed-config", $"'{key}' is {found}; it must be {expected}.", cause)
        {
            Found = $"{key}: {found}",
            Expected = $"{key}: {expected}",
            Hint = "Compare the key with a configuration written by the library that made the model.",
        };
    }
}
