namespace Sparsum.Evaluation.Metrics.Text;

/// <summary>
/// Porter's stemmer (<i>An algorithm for suffix stripping</i>, 1980) with the changes that NLTK made to it, which are the ones that
/// published ROUGE figures rest on: a few whole words, more suffixes, and other rules for short words.
/// </summary>
internal static class PorterStemmer
{
    private static readonly Dictionary<string, string> Whole = new(StringComparer.Ordinal)
    {
        ["skies"] = "sky",
        ["sky"] = "sky",
        ["dying"] = "die",
        ["lying"] = "lie",
        ["tying"] = "tie",
        ["news"] = "news",
        ["innings"] = "inning",
        ["inning"] = "inning",
        ["outings"] = "outing",
        ["outing"] = "outing",
        ["cannings"] = "canning",
        ["canning"] = "canning",
        ["howe"] = "howe",
        ["proceed"] = "proceed",
        ["exceed"] = "exceed",
        ["succeed"] = "succeed",
    };

    private static readonly (string Suffix, string With)[] Plurals = [("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")];

    private static readonly (string Suffix, string With)[] DoubleSuffixes =
    [
        ("ational", "ate"), ("tional", "tion"), ("enci", "ence"), ("anci", "ance"), ("izer", "ize"), ("bli", "ble"), ("alli", "al"),
        ("entli", "ent"), ("eli", "e"), ("ousli", "ous"), ("ization", "ize"), ("ation", "ate"), ("ator", "ate"), ("alism", "al"),
        ("iveness", "ive"), ("fulness", "ful"), ("ousness", "ous"), ("aliti", "al"), ("iviti", "ive"), ("biliti", "ble"), ("fulli", "ful"),
    ];

    private static readonly (string Suffix, string With)[] Endings =
        [("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

    private static readonly string[] Removed =
    [
        "al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion", "ou", "ism", "ate", "iti", "ous", "ive",
        "ize",
    ];

    /// <summary>The stem of a word in lower case.</summary>
    public static string Stem(string word)
    {
        if (Whole.TryGetValue(word, out string? stem))
        {
            return stem;
        }

        return word.Length <= 2 ? word : RemoveE(RemoveSuffix(Shorten(Simplify(TurnY(RemovePast(RemovePlural(word)))))));
    }

    private static string RemovePlural(string word) =>
        Ends(word, "ies") && word.Length == 4 ? word[..^1] : Replace(word, Plurals, _ => true);

    private static string RemovePast(string word)
    {
        if (Ends(word, "ied"))
        {
            return word.Length == 4 ? word[..^1] : word[..^2];
        }

        if (Ends(word, "eed"))
        {
            return Measure(word[..^3]) > 0 ? word[..^1] : word;
        }

        string? rest = Ends(word, "ed") ? word[..^2] : Ends(word, "ing") ? word[..^3] : null;
        if (rest is null || !Enumerable.Range(0, rest.Length).Any(i => !IsConsonant(rest, i)))
        {
            return word;
        }

        if (Ends(rest, "at") || Ends(rest, "bl") || Ends(rest, "iz"))
        {
            return rest + "e";
        }

        if (rest.Length > 1 && rest[^1] == rest[^2] && IsConsonant(rest, rest.Length - 1))
        {
            return rest[^1] is 'l' or 's' or 'z' ? rest : rest[..^1];
        }

        return Measure(rest) == 1 && EndsShort(rest) ? rest + "e" : rest;
    }

    private static string TurnY(string word) =>
        Ends(word, "y") && word.Length > 2 && IsConsonant(word, word.Length - 2) ? word[..^1] + "i" : word;

    private static string Simplify(string word)
    {
        if (Ends(word, "alli") && Measure(word[..^4]) > 0)
        {
            return Simplify(word[..^2]);
        }

        string simpler = Replace(word, DoubleSuffixes, stem => Measure(stem) > 0);
        bool isLogi = Ends(word, "logi") && Measure(word[..^3]) > 0;
        return isLogi ? word[..^1] : simpler;
    }

    private static string Shorten(string word) => Replace(word, Endings, stem => Measure(stem) > 0);

    private static string RemoveSuffix(string word)
    {
        string? suffix = Array.Find(Removed, suffix => Ends(word, suffix));
        string stem = suffix is null ? word : word[..^suffix.Length];
        bool isRemoved = suffix is not null && Measure(stem) > 1 && (suffix != "ion" || stem[^1] is 's' or 't');
        return isRemoved ? stem : word;
    }

    private static string RemoveE(string word)
    {
        if (Ends(word, "e"))
        {
            string stem = word[..^1];
            int measure = Measure(stem);
            word = measure > 1 || (measure == 1 && !EndsShort(stem)) ? stem : word;
        }

        return Ends(word, "ll") && Measure(word[..^1]) > 1 ? word[..^1] : word;
    }

    // The first suffix that the word has decides, whether or not its condition holds.
    private static string Replace(string word, (string Suffix, string With)[] rules, Func<string, bool> holds)
    {
        var (suffix, with) = Array.Find(rules, rule => Ends(word, rule.Suffix));
        return suffix is not null && holds(word[..^suffix.Length]) ? word[..^suffix.Length] + with : word;
    }

    private static bool Ends(string word, string suffix) => word.EndsWith(suffix, StringComparison.Ordinal);

    // A y is a consonant at the start and after a vowel.
    private static bool IsConsonant(string word, int i) =>
        word[i] is not ('a' or 'e' or 'i' or 'o' or 'u') && (word[i] != 'y' || i == 0 || !IsConsonant(word, i - 1));

    /// <summary>How often a run of vowels is followed by a run of consonants.</summary>
    private static int Measure(string stem) =>
        Enumerable.Range(1, Math.Max(0, stem.Length - 1)).Count(i => IsConsonant(stem, i) && !IsConsonant(stem, i - 1));

    /// <summary>Consonant, vowel, consonant at the end, the last not w, x or y; or a vowel and a consonant alone.</summary>
    private static bool EndsShort(string word)
    {
        int last = word.Length - 1;
        return last >= 1 && IsConsonant(word, last) && !IsConsonant(word, last - 1)
            && (last == 1 || (IsConsonant(word, last - 2) && word[last] is not ('w' or 'x' or 'y')));
    }
}
