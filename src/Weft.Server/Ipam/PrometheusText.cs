using System;
using System.Globalization;
using System.Text;

namespace Weft.Server.Ipam;

/// <summary>Writes metrics in Prometheus' text format, version 0.0.4: of each metric its help, its type, then its samples.
/// </summary>
/// <remarks>Source: Prometheus, "Exposition formats", text-based format.</remarks>
internal sealed class PrometheusText
{
    private readonly StringBuilder _text = new();
    private string _name = "";

    /// <summary>Begins a metric that goes up and down.</summary>
    public PrometheusText Gauge(string name, string help) => Begin(name, "gauge", help);

    /// <summary>Begins a metric that only goes up, until whoever counts starts anew.</summary>
    public PrometheusText Counter(string name, string help) => Begin(name, "counter", help);

    /// <summary>A sample of the metric that was begun last.</summary>
    public void Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        _text.Append(_name);
        for (int i = 0; i < labels.Length; i++)
        {
            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"");
            AppendEscaped(labels[i].Value, quotes: true);
            _text.Append('"');
        }

        _text.Append(labels.Length > 0 ? "} " : " ").Append(CultureInfo.InvariantCulture, $"{value}").Append('\n');
    }

    /// <summary>All of it, in UTF-8.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    private PrometheusText Begin(string name, string type, string help)
    {
        _name = name;
        _text.Append("# HELP ").Append(name).Append(' ');
        AppendEscaped(help, quotes: false);
        _text.Append("\n# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    private void AppendEscaped(string text, bool quotes)
    {
        foreach (char character in text)
        {
            _ = character switch
            {
                '\\' => _text.Append("\\\\"),
                '\n' => _text.Append("\\n"),
                '"' when quotes => _text.Append("\\\""),
                _ => _text.Append(character),
            };
        }
    }
}
