namespace Sparsum.Reporting.Records;

/// <summary>What a <c>compact</c> or <c>convert</c> run made of a model.</summary>
/// <param name="ParametersBefore">Parameters of the model that was read.</param>
/// <param name="Parameters">Parameters of the model that was written.</param>
/// <param name="BytesBefore">Bytes of the weights that were read.</param>
/// <param name="Bytes">Bytes of the weights that were written.</param>
/// <param name="SparsityBefore">Share of zeros of the model that was read.</param>
public sealed record CompactionRecord(long? ParametersBefore, long? Parameters, long? BytesBefore, long? Bytes, double? SparsityBefore = null);
