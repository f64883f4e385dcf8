using System.Numerics;

namespace Sparsum.Pruning.OneShot.Calibration;

/// <summary>
/// The generator of CPython's <c>random</c> module, so that a seed draws the samples that published calibration code draws: MT19937
/// (Matsumoto and Nishimura 1998) seeded with <c>init_by_array</c>, integers by rejection.
/// </summary>
public sealed class PythonRandom
{
    private const int StateSize = 624;
    private const int Middle = 397;

    private readonly uint[] state = new uint[StateSize];
    private int next = StateSize;

    /// <summary>The same as <c>random.seed(seed)</c>: the key is the 32-bit words of <c>|seed|</c>, lowest first.</summary>
    public PythonRandom(long seed)
    {
        ulong magnitude = seed < 0 ? 0UL - (ulong)seed : (ulong)seed;
        uint low = (uint)magnitude;
        uint high = (uint)(magnitude >> 32);
        Initialize(high == 0 ? [low] : [low, high]);
    }

    /// <summary><c>random.getrandbits(count)</c>: uniform over <c>0 .. 2^count - 1</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is not 1 to 32.</exception>
    public uint NextBits(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 32);
        return NextWord() >> (32 - count);
    }

    /// <summary><c>random.randint(0, largest)</c>: uniform, both ends included. A range of one value consumes draws as well.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="largest"/> is negative.</exception>
    public int NextInteger(int largest)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(largest);
        int bits = BitOperations.Log2((uint)largest + 1) + 1;
        uint value;
        do
        {
            value = NextBits(bits);
        }
        while (value > (uint)largest);
        return (int)value;
    }

    private uint NextWord()
    {
        if (next == StateSize)
        {
            Renew();
        }

        uint word = state[next++];
        word ^= word >> 11;
        word ^= (word << 7) & 0x9D2C_5680;
        word ^= (word << 15) & 0xEFC6_0000;
        return word ^ (word >> 18);
    }

    private void Renew()
    {
        for (int i = 0; i < StateSize; i++)
        {
            uint joined = (state[i] & 0x8000_0000) | (state[(i + 1) % StateSize] & 0x7FFF_FFFF);
            state[i] = state[(i + Middle) % StateSize] ^ (joined >> 1) ^ ((joined & 1) * 0x9908_B0DF);
        }

        next = 0;
    }

    private void Initialize(ReadOnlySpan<uint> key)
    {
        const uint StartSeed = 19_650_218;
        state[0] = StartSeed;
        for (int j = 1; j < StateSize; j++)
        {
            state[j] = (1_812_433_253 * Folded(j - 1)) + (uint)j;
        }

        int i = 1;
        for (int step = 0; step < StateSize; step++)
        {
            int k = step % key.Length;
            state[i] = (state[i] ^ (1_664_525 * Folded(i - 1))) + key[k] + (uint)k;
            i = Advance(i);
        }

        for (int step = 0; step < StateSize - 1; step++)
        {
            state[i] = (state[i] ^ (1_566_083_941 * Folded(i - 1))) - (uint)i;
            i = Advance(i);
        }

        state[0] = 0x8000_0000;
    }

    private uint Folded(int index) => state[index] ^ (state[index] >> 30);

    /// <summary>The first word only carries the last one over when the walk begins again.</summary>
    private int Advance(int index)
    {
        if (index + 1 < StateSize)
        {
            return index + 1;
        }

        state[0] = state[StateSize - 1];
        return 1;
    }
}
