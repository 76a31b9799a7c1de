using System.Diagnostics;
using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.Model.Binding;

/// <summary>Writes resources as documents.</summary>
public static class ResourceWriter
{
    /// <summary>The canonical document: apiVersion, kind, metadata, spec, status, in this order. Equal resources give
    /// equal documents, and binding one gives the resource back.</summary>
    public static MappingNode ToTree(Resource resource)
    {
        MappingBuilder document = new();
        document.Add("apiVersion", resource.Kind.ApiVersion);
        document.Add("kind", resource.Kind.Kind);
        document.Add("metadata", MetadataBinding.Write(resource.Metadata));
        switch (resource)
        {
            case IpPool pool:
                IpPoolBinding.Write(pool, document);
                break;
            case NodeResource node:
                NodeBinding.Write(node, document);
                break;
            case WorkloadEndpoint endpoint:
                WorkloadEndpointBinding.Write(endpoint, document);
                break;
            case IpamBlock block:
                IpamBlockBinding.Write(block, document);
                break;
            case StaticRoute route:
                StaticRouteBinding.Write(route, document);
                break;
            case FelixConfiguration configuration:
                FelixConfigurationBinding.Write(configuration, document);
                break;
            case IpReservation reservation:
                IpReservationBinding.Write(reservation, document);
                break;
            case IpamConfiguration configuration:
                IpamConfigurationBinding.Write(configuration, document);
                break;
            case AddressLoan loan:
                AddressLoanBinding.Write(loan, document);
                break;
            case NamespaceResource:
                break;
            default:
                throw new UnreachableException();
        }

        return document.Build();
    }
}
