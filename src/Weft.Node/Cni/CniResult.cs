using System.Buffers;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Weft.Net;
using Weft.Node.Calls;

namespace Weft.Node.Cni;

/// <summary>Writes results and errors in each version's form (CNI specification, section 5).</summary>
internal static class CniResult
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What ADD gives: what was there before, and behind it what this plugin has made.</summary>
    /// <param name="call">What was asked.</param>
    /// <param name="connection">How the workload is connected.</param>
    public static string Of(CniCall call, WorkloadConnection connection)
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter writer = new(text, Options))
        {
            PreviousResult previous = call.Configuration.Previous ?? PreviousResult.None;
            CniVersion version = call.Configuration.Version;
            writer.WriteStartObject();
            writer.WriteString("cniVersion", CniWords.Text(version));

            writer.WriteStartArray("interfaces");
            previous.InterfaceTexts.ToList().ForEach(one => writer.WriteRawValue(one));
            WriteInterface(writer, connection.HostInterface, Kernel.KernelNames.GatewayMac, connection.Mtu, "", version);
            WriteInterface(writer, connection.Interface, connection.Mac, connection.Mtu, call.Request.NetworkNamespace, version);
            writer.WriteEndArray();

            int inside = previous.InterfaceTexts.Count + 1;
            writer.WriteStartArray("ips");
            previous.IpTexts.ToList().ForEach(one => writer.WriteRawValue(one));
            foreach (IpInterfaceAddress address in connection.Addresses)
            {
                writer.WriteStartObject();
                if (version < CniVersion.V100)
                {
                    writer.WriteString("version", address.Address.Family == IpFamily.Ipv4 ? "4" : "6");
                }

                writer.WriteString("address", address.ToString());
                writer.WriteString("gateway", GatewayOf(connection, address.Address.Family));
                writer.WriteNumber("interface", inside);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteStartArray("routes");
            previous.RouteTexts.ToList().ForEach(one => writer.WriteRawValue(one));
            foreach (IpPrefix route in connection.Routes)
            {
                writer.WriteStartObject();
                writer.WriteString("dst", route.ToString());
                writer.WriteString("gw", GatewayOf(connection, route.Family));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            if ((call.Configuration.DnsText ?? previous.DnsText) is { } dns)
            {
                writer.WritePropertyName("dns");
                writer.WriteRawValue(dns);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan) + "\n";
    }

    /// <summary>An error.</summary>
    /// <param name="version">The version to tell it in, as the specification writes it.</param>
    /// <param name="fault">What is wrong.</param>
    public static CniAnswer Of(string version, AgentFault fault)
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter writer = new(text, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("cniVersion", version);
            writer.WriteNumber("code", fault.Code);
            writer.WriteString("msg", fault.Message);
            writer.WriteString("details", fault.Details);
            writer.WriteEndObject();
        }

        return new CniAnswer(1, Encoding.UTF8.GetString(text.WrittenSpan) + "\n");
    }

    private static string GatewayOf(WorkloadConnection connection, IpFamily family) =>
        connection.Gateways.First(g => g.Family == family).ToString();

    private static void WriteInterface(
        Utf8JsonWriter writer, string name, MacAddress mac, int mtu, string sandbox, CniVersion version)
    {
        writer.WriteStartObject();
        writer.WriteString("name", name);
        writer.WriteString("mac", mac.ToString());
        if (version >= CniVersion.V110)
        {
            writer.WriteNumber("mtu", mtu);
        }

        if (sandbox.Length > 0)
        {
            writer.WriteString("sandbox", sandbox);
        }

        writer.WriteEndObject();
    }
}
