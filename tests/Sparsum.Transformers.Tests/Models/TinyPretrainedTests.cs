using Sparsum.Tensors;
using Sparsum.Testing;
using Sparsum.Transformers.Generation;
using Sparsum.Transformers.Models;
using Xunit;

namespace Sparsum.Transformers.Tests.Models;

/// <summary>Small trained models: what they write is words.</summary>
public class TinyPretrainedTests
{
    [SharedFact("models/stories260K")]
    public void A_story_begins_as_stories_do()
    {
        using var pretrained = PretrainedModel.Open(SharedFiles.Path("models", "stories260K"));
        using var backend = OracleModel.CreateBackend("cpu");
        using var computation = new Computation(backend);
        pretrained.LoadPacked(backend, StorageType.Float32);
        var options = GenerationConfig.Open(pretrained.Folder).ToOptions() with { MaxNewTokens = 16 };
        int[] story = new Generator(pretrained.LanguageModel, computation).Generate([pretrained.Tokenizer.Encode("")], options)[0];
        Assert.StartsWith("Once upon a time, there was a", pretrained.Tokenizer.Decode(story).Trim(), StringComparison.Ordinal);
    }
}
