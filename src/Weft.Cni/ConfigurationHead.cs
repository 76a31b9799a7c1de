using System;
using System.Text.Json;

namespace Weft.Cni;

/// <summary>The two things of a network configuration that concern the plugin itself. The agent reads all of it, and says
/// what is wrong with it.</summary>
/// <param name="Version"><c>cniVersion</c>; empty if there is none that reads.</param>
/// <param name="AgentSocket"><c>agentSocket</c>, or where an agent listens by default.</param>
internal readonly record struct ConfigurationHead(string Version, string AgentSocket)
{
    /// <summary>Where an agent listens if nobody says otherwise.</summary>
    public const string DefaultSocket = "/run/weft/agent.sock";

    private const int VersionLengthMax = 32;

    /// <summary>Reads as much as can be read: what is not JSON has neither.</summary>
    public static ConfigurationHead Of(ReadOnlySpan<byte> configuration)
    {
        string version = "";
        string socket = DefaultSocket;
        Utf8JsonReader reader = new(configuration);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                {
                    continue;
                }

                bool isVersion = reader.ValueTextEquals("cniVersion"u8);
                bool isSocket = reader.ValueTextEquals("agentSocket"u8);
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && isVersion)
                {
                    version = reader.GetString()!;
                }
                else if (reader.TokenType == JsonTokenType.String && isSocket)
                {
                    socket = reader.GetString()!;
                }
                else
                {
                    reader.TrySkip();
                }
            }
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            // The agent says what is wrong, and where.
        }

        return new ConfigurationHead(version.Length <= VersionLengthMax ? version : "", socket);
    }
}
