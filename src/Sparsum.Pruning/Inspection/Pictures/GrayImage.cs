namespace Sparsum.Pruning.Inspection.Pictures;

/// <summary>A picture in shades of gray, 8 bits each: 0 is black.</summary>
public sealed class GrayImage
{
    /// <summary>A white picture.</summary>
    public GrayImage(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        Width = width;
        Height = height;
        Pixels = new byte[checked(width * height)];
        Array.Fill(Pixels, byte.MaxValue);
    }

    /// <summary>Pixels from left to right.</summary>
    public int Width { get; }

    /// <summary>Pixels from top to bottom.</summary>
    public int Height { get; }

    /// <summary>Shades, row after row from the top.</summary>
    public byte[] Pixels { get; }
}
