namespace Weft.Node.Calls;

/// <summary>The codes of <see cref="AgentFault"/>: below 100 the CNI specification's ("Error"), from 100 our own.</summary>
internal static class FaultCodes
{
    /// <summary>A version of the specification that is not supported.</summary>
    public const int IncompatibleVersion = 1;

    /// <summary>A field of the network configuration that is not supported.</summary>
    public const int UnsupportedField = 2;

    /// <summary>The container is not known: there is nothing to clean up.</summary>
    public const int UnknownContainer = 3;

    /// <summary>Necessary environment variables, or what stands for them in a call, are missing or wrong.</summary>
    public const int InvalidEnvironment = 4;

    /// <summary>Reading or writing failed.</summary>
    public const int IoFailure = 5;

    /// <summary>What was sent does not read.</summary>
    public const int DecodingFailure = 6;

    /// <summary>The network configuration says something that cannot be.</summary>
    public const int InvalidConfiguration = 7;

    /// <summary>Something transient is in the way.</summary>
    public const int TryAgainLater = 11;

    /// <summary>No ADD can be served.</summary>
    public const int NotAvailable = 50;

    /// <summary>No ADD can be served, and what is connected may not reach everything.</summary>
    public const int LimitedConnectivity = 51;

    /// <summary>There is no address for the workload.</summary>
    public const int NoAddress = 100;

    /// <summary>The kernel has refused something.</summary>
    public const int KernelRefused = 101;

    /// <summary>The workload is not connected as it is recorded.</summary>
    public const int NotAsRecorded = 102;
}
