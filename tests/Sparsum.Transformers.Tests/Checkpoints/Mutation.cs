namespace Sparsum.Transformers.Tests.Checkpoints;

/// <summary>Seeded damage to a file: flipped, replaced, removed, doubled and cut bytes.</summary>
internal static class Mutation
{
    private static readonly byte[] Telling = [0, 1, 0x7F, 0x80, 0xFF, .. "09\"{}(."u8];

    /// <summary>A damaged copy; positions are taken from [first, end).</summary>
    public static byte[] Apply(byte[] good, int first, int end, Random random)
    {
        var bytes = good.ToList();
        for (int times = random.Next(1, 4); times > 0; times--)
        {
            int at = random.Next(first, Math.Min(end, bytes.Count));
            int length = random.Next(1, Math.Min(9, bytes.Count - at + 1));
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes[at] = Telling[random.Next(Telling.Length)];
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 5:
                    bytes[at] = bytes[random.Next(first, Math.Min(end, bytes.Count))];
                    break;
                default:
                    if (random.Next(10) == 0)
                    {
                        bytes.RemoveRange(at, bytes.Count - at);
                    }

                    break;
            }

            if (bytes.Count <= first)
            {
                break;
            }
        }

        return [.. bytes];
    }
}
