using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using Sparsum.Pruning.Inspection.Pictures;
using Sparsum.Pruning.Tests.HeadElimination;
using Sparsum.Tensors;
using Sparsum.Transformers.Layers;
using Xunit;

namespace Sparsum.Pruning.Tests.Inspection;

public sealed class PictureTests
{
    [Fact]
    public void A_small_matrix_is_drawn_weight_by_weight()
    {
        var linear = Modules.Linear("w", 2, 3, false, 1);
        linear.Weight.Set(Tensor.From([1, 0, -1e-4f, 0.5e-4f, -3, 0], 2, 3));

        var image = SparsityPicture.OfLayer(linear).Draw(1e-4).Draw();

        Assert.Equal((3, 2), (image.Width, image.Height));
        Assert.Equal([0, 255, 0, 255, 0, 255], image.Pixels);
    }

    [Fact]
    public void Attention_is_drawn_with_inputs_as_rows_and_its_matrices_side_by_side()
    {
        var attention = Modules.Attention(1, 2, 3);
        attention.Query.Weight.Value.Clear();
        attention.Key.Weight.Value.Clear();
        attention.Value.Weight.Value.Clear();
        attention.Query.Weight.Value.Row(1)[2] = 1;
        attention.Key.Weight.Value.Row(0)[0] = 1;
        attention.Value.Weight.Value.Row(1)[1] = 1;

        var picture = SparsityPicture.OfBlock(Block(attention, Modules.FeedForward(3, 5)))[0];
        var image = picture.Draw(1e-4).Draw();

        Assert.Equal((6, 3), (image.Width, image.Height));
        byte[] expected = new byte[18];
        Array.Fill(expected, (byte)255);
        expected[(2 * 6) + 1] = expected[(0 * 6) + 2] = expected[(1 * 6) + 5] = 0;
        Assert.Equal(expected, image.Pixels);
    }

    [Fact]
    public void What_was_removed_is_white_in_its_place()
    {
        var layer = Modules.FeedForward(3, 5);
        layer.RemoveNeurons([1, 3]);
        layer.Up.RemoveInputs([2]);

        var image = SparsityPicture.OfLayer(layer.Up).Draw(1e-4).Draw();

        Assert.Equal((3, 5), (image.Width, image.Height));
        Assert.Equal([0, 0, 255, 255, 255, 255, 0, 0, 255, 255, 255, 255, 0, 0, 255], image.Pixels);
    }

    [Fact]
    public void Large_matrices_are_shaded()
    {
        using var weight = Tensor.From([1, 1, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1], 4, 5);
        var map = new SparsityMap(4, 5, largestSide: 3);
        map.Add(weight, 1e-4, (row, column) => (row, column));

        var image = map.Draw();

        Assert.Equal((2, 3, 2), (map.Scale, image.Width, image.Height));

        // 3 of 4, 1 of 4, 1 of 2; 2 of 4, 1 of 4, 1 of 2: the last column covers half a pixel.
        Assert.Equal([64, 192, 128, 128, 192, 128], image.Pixels);
    }

    [Fact]
    public void The_png_is_one_that_others_read()
    {
        var image = new GrayImage(5, 3);
        for (int i = 0; i < image.Pixels.Length; i++)
        {
            image.Pixels[i] = (byte)(i * 17);
        }

        byte[] png = PngEncoder.Encode(image);

        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], png[..8]);
        var chunks = Chunks(png);
        Assert.Equal(["IHDR", "IDAT", "IEND"], chunks.Select(chunk => chunk.Type));
        Assert.Equal([0, 0, 0, 5, 0, 0, 0, 3, 8, 0, 0, 0, 0], chunks[0].Data);

        // The CRC of an empty IEND is the same in every PNG file.
        Assert.Equal([0xAE, 0x42, 0x60, 0x82], png[^4..]);
        using var zlib = new ZLibStream(new MemoryStream(chunks[1].Data), CompressionMode.Decompress);
        using var rows = new MemoryStream();
        zlib.CopyTo(rows);
        Assert.Equal([.. Enumerable.Range(0, 3).SelectMany(r => image.Pixels.Skip(r * 5).Take(5).Prepend((byte)0))], rows.ToArray());
    }

    [Fact]
    public void The_svg_carries_the_picture_and_says_what_it_is()
    {
        var picture = SparsityPicture.OfLayer(Modules.Linear("a<b>", 2, 3, false, 1));
        var map = picture.Draw(1e-4);

        var svg = XDocument.Parse(PictureFile.ToSvg(picture, map)).Root!;

        XNamespace ns = "http://www.w3.org/2000/svg";
        Assert.Equal("a<b>", svg.Element(ns + "title")!.Value);
        Assert.Contains("2 × 3", svg.Element(ns + "desc")!.Value, StringComparison.Ordinal);
        string data = (string)svg.Element(ns + "image")!.Attribute("href")!;
        Assert.Equal(PngEncoder.Encode(map.Draw()), Convert.FromBase64String(data["data:image/png;base64,".Length..]));
    }

    private static List<(string Type, byte[] Data)> Chunks(byte[] png)
    {
        var chunks = new List<(string, byte[])>();
        for (int position = 8; position < png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(position));
            chunks.Add((Encoding.ASCII.GetString(png, position + 4, 4), png[(position + 8)..(position + 8 + length)]));
            position += 12 + length;
        }

        return chunks;
    }

    private static TransformerBlock Block(AttentionLayer attention, FeedForwardLayer feedForward) => new()
    {
        Index = 0,
        Name = "block",
        Style = BlockStyle.PreNorm,
        Attention = attention,
        FeedForward = feedForward,
        AttentionNorm = null!,
        FeedForwardNorm = null!,
        Linears = [.. attention.Linears, .. feedForward.Linears],
    };
}
