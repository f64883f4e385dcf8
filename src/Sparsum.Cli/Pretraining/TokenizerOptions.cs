using System.CommandLine;
using Sparsum.Cli.Options;
using Sparsum.Cli.Running;
using Sparsum.Core;
using Sparsum.Transformers.Tokenizers.Training;

namespace Sparsum.Cli.Pretraining;

/// <summary>The options of every verb that makes a model: the tokenizer that is taken or learned.</summary>
internal sealed class TokenizerOptions
{
    public Option<string?> Tokenizer { get; } =
        OptionFactory.Text("--tokenizer", "DIR", "The folder of the tokenizer; by default that of CONFIG.");

    public Option<string?> TrainTokenizer { get; } = OptionFactory.Text(
        "--train-tokenizer",
        string.Join('|', TokenizerTrainers.All.Select(trainer => trainer.Name)),
        "Learn a tokenizer from the text instead; the model's vocab_size follows it.");

    public Option<int> VocabularySize { get; } = OptionFactory.Integer(
        "--vocabulary-size", "N", "Tokens of the tokenizer that is learned, special ones included.", 4096, 1);

    public IEnumerable<Option> All => [Tokenizer, TrainTokenizer, VocabularySize];

    /// <summary>What learns the tokenizer; null where none is learned.</summary>
    /// <exception cref="InvalidInputException">There is no such kind.</exception>
    public ITokenizerTrainer? ReadTrainer(RunContext context) => context.Get(TrainTokenizer) is not { } name
        ? null
        : TokenizerTrainers.All.FirstOrDefault(trainer => trainer.Name == name)
            ?? throw OptionFactory.Invalid(TrainTokenizer.Name, name, string.Join(", ", TokenizerTrainers.All.Select(trainer => trainer.Name)));
}
