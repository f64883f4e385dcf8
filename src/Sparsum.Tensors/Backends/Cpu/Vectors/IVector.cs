namespace Sparsum.Tensors.Backends.Cpu.Vectors;

/// <summary>
/// As many floats as one register holds. Kernels are written once against this interface; the runtime compiles one version per width
/// with nothing left of the abstraction. Every operation rounds once per lane, so a kernel without sums gives the same bits at any width.
/// </summary>
internal unsafe interface IVector<TSelf>
    where TSelf : struct, IVector<TSelf>
{
    /// <summary>Lanes: 1, 4, 8 or 16.</summary>
    static abstract int Count { get; }

    /// <summary>The same value in every lane.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Reads <see cref="Count"/> floats.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Reads the lower halves of 32-bit words as bfloat16.</summary>
    static abstract TSelf LoadLowBFloat16(uint* source);

    /// <summary>Reads the upper halves of 32-bit words as bfloat16.</summary>
    static abstract TSelf LoadHighBFloat16(uint* source);

    /// <summary>Reads the lower halves of 32-bit words as finite binary16.</summary>
    static abstract TSelf LoadLowFloat16(uint* source);

    /// <summary>Reads the upper halves of 32-bit words as finite binary16.</summary>
    static abstract TSelf LoadHighFloat16(uint* source);

    /// <summary>Reads neighbouring bfloat16 numbers.</summary>
    static abstract TSelf LoadBFloat16(ushort* source);

    /// <summary>Reads neighbouring 8-bit integers.</summary>
    static abstract TSelf LoadInt8(sbyte* source);

    /// <summary>Reads 32-bit integers, each as the nearest float.</summary>
    static abstract TSelf LoadInt32(int* source);

    /// <summary>Writes <see cref="Count"/> floats.</summary>
    void Store(float* destination);

    /// <summary>Sum of lanes.</summary>
    static abstract TSelf operator +(TSelf left, TSelf right);

    /// <summary>Difference of lanes.</summary>
    static abstract TSelf operator -(TSelf left, TSelf right);

    /// <summary>Product of lanes.</summary>
    static abstract TSelf operator *(TSelf left, TSelf right);

    /// <summary>Quotient of lanes.</summary>
    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary><c>left * right + addend</c>, rounded once.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>The smaller; where <paramref name="value"/> is NaN, NaN.</summary>
    static abstract TSelf Min(TSelf limit, TSelf value);

    /// <summary>The larger; where <paramref name="value"/> is NaN, NaN.</summary>
    static abstract TSelf Max(TSelf limit, TSelf value);

    /// <summary>The magnitude.</summary>
    static abstract TSelf Abs(TSelf value);

    /// <summary>The square root, correctly rounded.</summary>
    static abstract TSelf Sqrt(TSelf value);

    /// <summary>The magnitude of one with the sign of the other.</summary>
    static abstract TSelf CopySign(TSelf magnitude, TSelf sign);

    /// <summary>The nearest integer, ties to even.</summary>
    static abstract TSelf Round(TSelf value);

    /// <summary><c>value * 2^exponent</c>, rounded once, for whole exponents in [-150, 129].</summary>
    static abstract TSelf ScaleByPowerOfTwo(TSelf value, TSelf exponent);

    /// <summary>Lane by lane <c>left &lt; right ? ifLess : otherwise</c>; NaN is not less.</summary>
    static abstract TSelf SelectLess(TSelf left, TSelf right, TSelf ifLess, TSelf otherwise);

    /// <summary>Lanes as 32-bit words, the same in each: for operations on words, which never look at them as numbers.</summary>
    static abstract TSelf CreateWord(uint word);

    /// <summary>Words that count up from <paramref name="first"/>, one per lane.</summary>
    static abstract TSelf CountWords(uint first);

    /// <summary>Exclusive or of words.</summary>
    static abstract TSelf operator ^(TSelf left, TSelf right);

    /// <summary>The upper and lower words of the products of unsigned words; all lanes of <paramref name="factor"/> are the same.</summary>
    static abstract (TSelf High, TSelf Low) MultiplyWords(TSelf words, TSelf factor);

    /// <summary>The lower halves of words as upper halves, with zeros below.</summary>
    static abstract TSelf LowerHalvesUp(TSelf words);

    /// <summary>The largest lane; NaN may or may not be passed over.</summary>
    static abstract float MaxAcross(TSelf value);

    /// <summary>Lane by lane <c>word &lt; bound ? ifBelow : otherwise</c> of unsigned words.</summary>
    static abstract TSelf SelectBelow(TSelf words, TSelf bound, TSelf ifBelow, TSelf otherwise);
}
