using Weft.Model.Resources;
using Xunit;

namespace Weft.Tests.Model.Binding;

public sealed class ResourceBinderTests
{
    [Fact]
    public void All_errors_come_at_once_each_with_its_place()
    {
        string errors = Bound.Errors(
            """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata:
              name: Pool_1
              lables: {a: b}
              labels:
                rack: 1
                -x: y
            spec:
              cidr: 10.65.0.5/16
              blockSize: 12
              vxlanMode: always
              disableBGPExport: true
              disabled: "no"
              nodeSelector: has(rack
              vxlanmode: Never
              whatever: 1
            """);
        Assert.Equal(
            """
            f.yaml:4:9: metadata.name: 'Pool_1' is not a name: lower-case letters, digits, '-' and '.', with a letter or digit at both ends of each part, at most 253
            f.yaml:7:11: metadata.labels.rack: must be a text, not a number: put it in quotes
            f.yaml:8:5: metadata.labels.-x: is not a key: letters, digits, '-', '_' and '.', at most 63, and before it, if any, a DNS name and '/'
            f.yaml:5:3: metadata.lables: is not supported; did you mean 'labels'?
            f.yaml:10:9: spec.cidr: 10.65.0.5/16 has bits beyond its length: write 10.65.0.0/16
            f.yaml:11:14: spec.blockSize: 12 is not between 20 and 32
            f.yaml:12:14: spec.vxlanMode: 'always' is not one of Never, CrossSubnet, Always
            f.yaml:15:17: spec.nodeSelector: is not a selector: at character 9: expected ')'
            f.yaml:14:13: spec.disabled: must be true or false, not a text
            f.yaml:13:3: spec.disableBGPExport: not supported yet: leave it out, or say false
            f.yaml:16:3: spec.vxlanmode: is not supported; did you mean 'vxlanMode'?
            f.yaml:17:3: spec.whatever: is not supported
            """,
            errors);
    }

    [Theory]
    [InlineData("[]", "f.yaml:1:1: a resource is a mapping with apiVersion, kind and metadata, not a list")]
    [InlineData("{}", "f.yaml:1:1: apiVersion: is required\nf.yaml:1:1: kind: is required")]
    [InlineData("{apiVersion: v1, kind: [x]}", "f.yaml:1:24: kind: must be a text, not a list")]
    [InlineData("{apiVersion: v1, kind: Node, metadata: {name: a}}", "f.yaml:1:14: apiVersion: 'v1' has no Node that is supported: write projectcalico.org/v3")]
    [InlineData("{apiVersion: weft.dev/v1, kind: Lab}", "f.yaml:1:33: kind: a Lab is no resource: give the file to 'weft lab up -f'")]
    [InlineData("{apiVersion: v1, kind: Namespace}", "f.yaml:1:1: metadata.name: is required")]
    [InlineData("{apiVersion: v1, kind: Namespace, metadata: }", "f.yaml:1:1: metadata.name: is required")]
    [InlineData("{apiVersion: v1, kind: Namespace, metadata: {name: ''}}", "f.yaml:1:45: metadata.name: is required")]
    [InlineData("{apiVersion: v1, kind: Namespace, metadata: {name: a.b}}", "f.yaml:1:45: metadata: a namespace's name has no dots and at most 63 characters")]
    [InlineData("{apiVersion: v1, kind: Namespace, metadata: {name: a, namespace: b}}", "f.yaml:1:66: metadata.namespace: Namespace has no namespace: leave it out")]
    [InlineData("{apiVersion: v1, kind: Namespace, metadata: {name: a, creationTimestamp: yesterday}}", "f.yaml:1:74: metadata.creationTimestamp: 'yesterday' is not a time such as 2026-01-31T12:00:00Z")]
    [InlineData("{apiVersion: v1, kind: Namespace, metadata: {name: a, resourceVersion: x}}", "f.yaml:1:72: metadata.resourceVersion: 'x' is not a revision: leave it out")]
    [InlineData("{apiVersion: v1, kind: Namespace, metadata: {name: a}, sepc: {}}", "f.yaml:1:56: sepc: is not supported; did you mean 'spec'?")]
    public void A_document_that_is_no_resource_says_why(string yaml, string errors) => Assert.Equal(errors, Bound.Errors(yaml));

    [Fact]
    public void An_unknown_kind_lists_the_kinds_known() =>
        Assert.Equal(
            "f.yaml:1:42: kind: 'IPPol' is not supported; did you mean 'IPPool'; kinds known: Namespace (v1), "
            + "Node (projectcalico.org/v3), IPPool (projectcalico.org/v3), IPReservation (projectcalico.org/v3), "
            + "IPAMConfiguration (projectcalico.org/v3), IPAMBlock (projectcalico.org/v3), AddressLoan (weft.dev/v1), "
            + "WorkloadEndpoint (projectcalico.org/v3), StaticRoute (weft.dev/v1), FelixConfiguration (projectcalico.org/v3)",
            Bound.Errors("{apiVersion: projectcalico.org/v3, kind: IPPol}"));

    [Fact]
    public void What_the_API_server_of_Kubernetes_adds_to_a_namespace_is_accepted()
    {
        NamespaceResource resource = Bound.To<NamespaceResource>(
            """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: shop
              creationTimestamp: "2026-01-31T12:00:00.123+01:00"
              resourceVersion: "42"
              uid: 0c9e0f2e
              labels: {kubernetes.io/metadata.name: shop}
            spec: {finalizers: [kubernetes]}
            status: {phase: Active}
            """);
        Assert.Equal("shop", resource.Metadata.Name);
        Assert.Equal(42, resource.Metadata.ResourceVersion);
        Assert.Equal("", resource.Metadata.Namespace);
    }

    [Fact]
    public void Annotations_have_a_bound() =>
        Assert.Contains(
            "at most 262144 are kept",
            Bound.Errors($"{{apiVersion: v1, kind: Namespace, metadata: {{name: a, annotations: {{x: {new string('y', 262144)}}}}}}}"),
            System.StringComparison.Ordinal);
}
