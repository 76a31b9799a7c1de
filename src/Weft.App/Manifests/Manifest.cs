using System.Collections.Generic;
using Weft.Model.Documents;

namespace Weft.App.Manifests;

/// <summary>One file that the user gave, read: documents in order, each with its place.</summary>
/// <param name="Source">What the user calls the file; <c>-</c> is stdin.</param>
/// <param name="Documents">The documents; lists are taken apart.</param>
internal sealed record Manifest(string Source, IReadOnlyList<DocumentNode> Documents);
