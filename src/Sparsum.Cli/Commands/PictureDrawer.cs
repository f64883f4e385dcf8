using System.Text;
using Sparsum.Cli.Options;
using Sparsum.Core;
using Sparsum.Pruning.Inspection.Pictures;
using Sparsum.Transformers.Models;

namespace Sparsum.Cli.Commands;

/// <summary>Writes sparsity pictures of a model into a folder, with one picture's matrices in memory at a time.</summary>
internal sealed class PictureDrawer
{
    /// <summary>The name that stands for the pictures of every block.</summary>
    public const string All = "all";

    private readonly PretrainedModel pretrained;
    private readonly string folder;
    private readonly string format;
    private readonly double epsilon;
    private readonly IReadOnlyList<SparsityPicture> pictures;

    /// <summary>Chooses the pictures.</summary>
    /// <exception cref="InvalidInputException">No layer, module or block has the name, or the folder is a file.</exception>
    public PictureDrawer(PretrainedModel pretrained, string folder, string name, string format, double epsilon)
    {
        this.pretrained = pretrained;
        this.folder = folder;
        this.format = format;
        this.epsilon = epsilon;
        pictures = Choose(pretrained.Model, name);
        if (File.Exists(folder))
        {
            throw OptionFactory.Invalid("--picture", folder, "a folder", "There is a file of that name.");
        }
    }

    /// <summary>Draws them and returns the paths of the files.</summary>
    public IReadOnlyList<string> Draw(Action<string> report, CancellationToken cancellationToken)
    {
        var files = new List<string>();
        foreach (var picture in pictures)
        {
            cancellationToken.ThrowIfCancellationRequested();
            report(picture.Name);
            var weights = picture.Linears.Select(linear => linear.Weight).ToList();
            pretrained.Load(weights, cancellationToken);
            var map = picture.Draw(epsilon);
            weights.ForEach(weight => weight.Release());
            string file = Path.Combine(folder, $"{picture.Name}.{format}");
            Write(file, format == "svg" ? Encoding.UTF8.GetBytes(PictureFile.ToSvg(picture, map)) : PngEncoder.Encode(map.Draw()));
            files.Add(file);
        }

        return files;
    }

    private static List<SparsityPicture> Choose(TransformerModel model, string name)
    {
        var usual = model.Blocks.SelectMany(SparsityPicture.OfBlock).ToList();
        if (name == All)
        {
            return usual;
        }

        var single = model.Blocks.SelectMany(block => block.Linears).Where(linear => linear.Name == name).Select(SparsityPicture.OfLayer);
        var chosen = usual.Where(picture => picture.Name == name || picture.Name.StartsWith(name + ".", StringComparison.Ordinal))
            .Concat(single)
            .DistinctBy(picture => picture.Name)
            .ToList();
        return chosen.Count > 0
            ? chosen
            : throw OptionFactory.Invalid(
                "--layer", name, $"{All}, a block such as {model.Blocks[0].Name}, or a layer such as {model.Blocks[0].Linears[0].Name}");
    }

    private static void Write(string file, byte[] bytes)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        }
        catch (Exception exception) when (WriteFailure.IsFileSystem(exception))
        {
            throw WriteFailure.Describe(exception, file);
        }

        AtomicFile.WriteAllBytes(file, bytes);
    }
}
