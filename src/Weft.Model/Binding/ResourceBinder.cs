using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using Weft.Model.Documents;
using Weft.Model.Resources;

namespace Weft.Model.Binding;

/// <summary>Binds documents to resources: types, defaults, bounds and names, all errors at once.</summary>
public static class ResourceBinder
{
    /// <summary>The resource of a document, with defaults filled in; none if any diagnostic was added.</summary>
    public static Resource? Bind(DocumentNode document, string? source, List<Diagnostic> errors)
    {
        BindingReport report = new(source, errors);
        if (document is not MappingNode mapping)
        {
            report.Add(
                "", document.Position, $"a resource is a mapping with apiVersion, kind and metadata, not {document.Description}");
            return null;
        }

        FieldReader fields = new(mapping, "", report);
        if (KindOf(fields) is not ResourceKind kind)
        {
            return null;
        }

        Metadata metadata = MetadataBinding.Bind(fields, kind, nameRequired: kind != ResourceKinds.WorkloadEndpoint);
        Resource resource = BindKind(kind, fields, metadata);
        fields.Finish();
        return report.HasErrors ? null : resource;
    }

    private static Resource BindKind(ResourceKind kind, FieldReader fields, Metadata metadata) => kind.Kind switch
    {
        "IPPool" => IpPoolBinding.Bind(fields, metadata),
        "Node" => NodeBinding.Bind(fields, metadata),
        "Namespace" => NamespaceBinding.Bind(fields, metadata),
        "WorkloadEndpoint" => WorkloadEndpointBinding.Bind(fields, metadata),
        "IPAMBlock" => IpamBlockBinding.Bind(fields, metadata),
        "StaticRoute" => StaticRouteBinding.Bind(fields, metadata),
        "FelixConfiguration" => FelixConfigurationBinding.Bind(fields, metadata),
        "IPReservation" => IpReservationBinding.Bind(fields, metadata),
        "IPAMConfiguration" => IpamConfigurationBinding.Bind(fields, metadata),
        "AddressLoan" => AddressLoanBinding.Bind(fields, metadata),
        _ => throw new UnreachableException(),
    };

    private static ResourceKind? KindOf(FieldReader fields)
    {
        string apiVersion = fields.RequiredText("apiVersion");
        string kind = fields.RequiredText("kind");
        if (apiVersion.Length == 0 || kind.Length == 0)
        {
            return null;
        }

        if (ResourceKinds.Find(apiVersion, kind) is ResourceKind found)
        {
            return found;
        }

        if (apiVersion == ResourceKinds.WeftApiVersion && kind == "Lab")
        {
            fields.Refuse("kind", "a Lab is no resource: give the file to 'weft lab up -f'");
        }
        else if (ResourceKinds.All.FirstOrDefault(known => known.Kind == kind) is ResourceKind other)
        {
            fields.Refuse(
                "apiVersion", $"'{FieldReader.Shorten(apiVersion)}' has no {kind} that is supported: write {other.ApiVersion}");
        }
        else
        {
            string near = NearestWord.Find(kind, ResourceKinds.All.Select(known => known.Kind)) is string word
                ? $"; did you mean '{word}'"
                : "";
            string known = string.Join(", ", ResourceKinds.All.Select(known => $"{known.Kind} ({known.ApiVersion})"));
            fields.Refuse(
                "kind", $"'{FieldReader.Shorten(kind)}' is not supported{near}; kinds known: {known}");
        }

        return null;
    }
}
