using System.ComponentModel;
using System.Reflection;
using Sparsum.Pruning;

namespace Sparsum.Cli.Methods;

/// <summary>What the command knows of a method, an allocation or a refinement: its name, and the settings that it takes.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="Description">One line for help texts.</param>
/// <param name="Defaults">Its settings where none are given; null where it has none.</param>
/// <param name="Published">Those of its published code.</param>
internal abstract record MethodEntry(string Name, string Description, IMethodOptions? Defaults, IMethodOptions? Published)
{
    /// <summary>The settings with their names, defaults and descriptions.</summary>
    public IEnumerable<MethodProperty> Properties => Defaults is null
        ? []
        : Defaults.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetCustomAttribute<DescriptionAttribute>() is not null)
            .OrderBy(property => property.MetadataToken)
            .Select(property => new MethodProperty(this, property));
}

/// <summary>One that makes instances.</summary>
/// <typeparam name="T">What they serve as.</typeparam>
internal sealed record MethodEntry<T> : MethodEntry
{
    private readonly Func<IMethodOptions?, T> create;

    private MethodEntry(
        string name, Type implementation, IMethodOptions? defaults, IMethodOptions? published, Func<IMethodOptions?, T> create)
        : base(name, implementation.GetCustomAttribute<DescriptionAttribute>()!.Description, defaults, published ?? defaults) => this.create = create;

    /// <summary>An entry for a class without settings; its description is an attribute of the class.</summary>
    public static MethodEntry<T> Of<TImplementation>(string name)
        where TImplementation : T, new() => new(name, typeof(TImplementation), null, null, _ => new TImplementation());

    /// <summary>An entry for a class that takes settings.</summary>
    /// <param name="name">What users call it.</param>
    /// <param name="defaults">The settings where none are given.</param>
    /// <param name="create">Makes an instance.</param>
    /// <param name="published">The settings of its published code; null where these are the defaults.</param>
    public static MethodEntry<T> Of<TImplementation, TOptions>(
        string name, TOptions defaults, Func<TOptions, TImplementation> create, TOptions? published = null)
        where TImplementation : T
        where TOptions : class, IMethodOptions =>
        new(name, typeof(TImplementation), defaults, published, options => create((TOptions)options!));

    /// <summary>An instance.</summary>
    /// <param name="options">Its settings; null for the defaults.</param>
    public T Create(IMethodOptions? options = null) => create(options ?? Defaults);
}
