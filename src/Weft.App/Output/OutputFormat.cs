namespace Weft.App.Output;

/// <summary>What <c>-o</c> can say.</summary>
internal enum OutputFormat
{
    /// <summary>Columns for people.</summary>
    Table,

    /// <summary>More columns for people.</summary>
    Wide,

    /// <summary>JSON: a list is one array, one object is an object.</summary>
    Json,

    /// <summary>YAML: the same as the JSON.</summary>
    Yaml,

    /// <summary><c>kind/name</c>, a line each.</summary>
    Name,
}
