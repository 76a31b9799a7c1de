using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Globalization;

namespace Weft.Net.Filters;

/// <summary>Protocols and services by name: the tables that Debian installs as <c>/etc/protocols</c> and
/// <c>/etc/services</c>, after IANA. Of a service: its port, and <c>t</c> or <c>u</c> if only TCP or UDP has it.</summary>
internal static class FilterNumbers
{
    private const string ProtocolTable =
        """
        AX.25=93 CPHB=73 DCCP=33 DDP=37 EGP=8 EIGRP=88 ENCAP=98 ETHERIP=97 Ethernet=143 FC=133 GGP=3
        GRE=47 HIP=139 HMP=20 HOPOPT=0 ICMP=1 IDPR-CMTP=38 IDRP=45 IGMP=2 IGP=9 IP=0 IP-ENCAP=4
        IPCOMP=108 IPIP=94 IPSEC-AH=51 IPSEC-ESP=50 IPv6=41 IPv6-Frag=44 IPv6-ICMP=58 IPv6-NoNxt=59
        IPv6-Opts=60 IPv6-Route=43 ISIS=124 ISO-TP4=29 L2TP=115 MPLS-in-IP=137 Mobility-Header=135
        OSPFIGP=89 PIM=103 PUP=12 RDP=27 ROHC=142 RSPF=73 RSVP=46 SCTP=132 SKIP=57 ST=5 Shim6=140 TCP=6
        UDP=17 UDPLite=136 VMTP=81 VRRP=112 WESP=141 XNS-IDP=22 XTP=36 ah=51 ax.25=93 dccp=33 ddp=37
        egp=8 eigrp=88 encap=98 esp=50 etherip=97 ethernet=143 fc=133 ggp=3 gre=47 hip=139 hmp=20
        hopopt=0 icmp=1 idpr-cmtp=38 idrp=45 igmp=2 igp=9 ip=0 ipcomp=108 ipencap=4 ipip=94 ipv6=41
        ipv6-frag=44 ipv6-icmp=58 ipv6-nonxt=59 ipv6-opts=60 ipv6-route=43 isis=124 iso-tp4=29 l2tp=115
        manet=138 mobility-header=135 mpls-in-ip=137 ospf=89 pim=103 pup=12 rdp=27 rohc=142 rspf=73
        rsvp=46 sctp=132 shim6=140 skip=57 st=5 tcp=6 udp=17 udplite=136 vmtp=81 vrrp=112 wesp=141
        xns-idp=22 xtp=36
        """;

    private const string ServiceTable =
        """
        Clearcase=371u acr-nema=104t afpovertcp=548t afs3-bos=7007u afs3-callback=7001u
        afs3-fileserver=7000u afs3-kaserver=7004u afs3-prserver=7002u afs3-rmtsys=7009u
        afs3-update=7008u afs3-vlserver=7003u afs3-volser=7005u amanda=10080t amandaidx=10082t
        amidxtape=10083t amqp=5672t amqps=5671t asf-rmcp=623u asp=27374 auth=113t authentication=113t
        babel=6696u bacula-dir=9101t bacula-fd=9102t bacula-sd=9103t bbs=7000t bgp=179t bgpd=2605t
        biff=512u binkp=24554t bootpc=68u bootps=67u canna=5680t cfengine=5308t chargen=19
        cisco-sccp=2000t clc-build-daemon=8990t clearcase=371u cmd=514t cmip-agent=164 cmip-man=163
        codaauth2=370 codasrv=2432 codasrv-se=2433 comsat=512u csync2=30865t cvspserver=2401t daap=3689t
        datametrics=1645 daytime=13 db-lsp=17500t dcap=22125t dhcpv6-client=546u dhcpv6-server=547u
        dicom=104t dict=2628t dircproxy=57000t discard=9 distcc=3632t domain=53 domain-s=853 echo=7
        epmap=135t epmd=4369t exec=512t f5-globalsite=2792t f5-iquery=4353t fax=4557t fido=60179t
        finger=79t font-service=7100t freeciv=5556t fsp=21u fspd=21u ftp=21t ftp-data=20t ftps=990t
        ftps-data=989t gdomap=538 gds-db=3050t gds_db=3050t git=9418t gnunet=2086 gnutella-rtr=6347
        gnutella-svc=6346 gopher=70t gpsd=2947t gris=2135t groupwise=1677t gsidcap=22128t gsiftp=2811t
        gsigatekeeper=2119t hkp=11371t hprop=754t http=80t http-alt=8080t https=443 hylafax=4559t
        iax=4569u icp=3130u icpv2=3130u ident=113t imap=143t imap2=143t imaps=993t ingreslock=1524t
        ipp=631t iprop=2121t ipsec-nat-t=4500u ipx=213u ircd=6667t ircs-u=6697t isakmp=500u
        iscsi-target=3260t isisd=2608t isns=3205 iso-tsap=102t jabber-client=5222t jabber-server=5269t
        kamanda=10081t kdc=750 kerberos=88 kerberos-adm=749t kerberos-iv=750 kerberos-master=751
        kerberos-sec=88 kerberos4=750 kerberos5=88 kerberos_master=751u kermit=1649t klogin=543t
        kpasswd=464 krb-prop=754t krb5=88 krb5_prop=754t krb_prop=754t krcmd=544t kshell=544t l2f=1701u
        l2tp=1701u ldap=389 ldaps=636 ldp=646 loc-srv=135t login=513t lotusnote=1352t lotusnotes=1352t
        lrrd=4949t mail=25t mailq=174t mdns=5353u microsoft-ds=445t moira-db=775t moira-update=777t
        moira-ureg=779u moira_db=775t moira_update=777t moira_ureg=779u mon=2583 ms-sql-m=1434u
        ms-sql-s=1433t ms-wbt-server=3389t mtn=4691t munin=4949t mysql=3306t mysql-proxy=6446t
        nbd=10809t netbios-dgm=138u netbios-ns=137u netbios-ssn=139t netstat=15t nfs=2049 nicname=43t
        nntp=119t nntps=563t nqs=607t nrpe=5666t nsca=5667t ntalk=518u ntp=123u ntske=4460t null=9
        nut=3493 old-radacct=1646 old-radius=1645 omniorb=8088t openvpn=1194 ospf6d=2606t ospfapi=2607t
        ospfd=2604t passwd-server=752u passwd_server=752u pawserv=345t pop-3=110t pop3=110t pop3s=995t
        poppassd=106t portmapper=111 postgres=5432t postgresql=5432t predict=1210u printer=515t
        proofd=1093t ptp-event=319u ptp-general=320u puppet=8140t qmqp=628t qmtp=209t qotd=17t quote=17t
        radacct=1813 radius=1812 radius-acct=1813 radmin-port=4899t readnews=119t redis=6379t
        remctl=4373t ripd=2602t ripngd=2603t rmiregistry=1099t rmtcfg=1236t rootd=1094t route=520u
        routed=520u router=520u rpc2portmap=369 rplay=5555u rptp=5556t rsync=873t rtcm-sc104=2101
        rtsp=554 sa-msg-port=1646 saft=487t sane=6566t sane-port=6566t saned=6566t sge-execd=6445t
        sge-qmaster=6444t sge_execd=6445t sge_qmaster=6444t sgi-cad=17004t sgi-cmsd=17001u
        sgi-crsd=17002u sgi-gcd=17003u shell=514t sieve=4190t silc=706t sink=9 sip=5060 sip-tls=5061
        skkserv=1178t smtp=25t smtps=465t smux=199t snmp=161 snmp-trap=162 snmptrap=162 snntp=563t
        snpp=444t socks=1080t source=19 spamd=783t spooler=515t ssh=22t ssmtp=465t submission=587t
        submissions=465t subversion=3690t sunrpc=111 supfiledbg=1127t supfilesrv=871t suucp=4031t
        svn=3690t svrloc=427 syslog=514 syslog-tls=6514t sysrqd=4094t systat=11t tacacs=49 talk=517u
        tap=113t tcpmux=1t telnet=23t telnets=992t tfido=60177t tftp=69u time=37 timserver=37 tinc=655
        tproxy=8081t tsap=102t ttytst=19 untp=119t urd=465t users=11t uucp=540t uucpd=540t venus=2430
        venus-se=2431 wais=210t webcache=8080t webmin=10000t who=513u whod=513u whois=43t wnn6=22273t
        www=80t x11=6000t x11-0=6000t x11-1=6001t x11-2=6002t x11-3=6003t x11-4=6004t x11-5=6005t
        x11-6=6006t x11-7=6007t xdmcp=177u xfs=7100t xinetd=9098t xmms2=9667t xmpp-client=5222t
        xmpp-server=5269t xtel=1313t xtelw=1314t z3950=210t zabbix-agent=10050t zabbix-trapper=10051t
        zebra=2601t zebrasrv=2600t zephyr-clt=2103u zephyr-hm=2104u zephyr-srv=2102u zope=9673t
        zope-ftp=8021t zserv=346t
        """;

    private static readonly FrozenDictionary<string, string> Protocols = Read(ProtocolTable);
    private static readonly FrozenDictionary<string, string> Services = Read(ServiceTable);

    /// <summary>A service's port, and the only protocol that has it if there is only one.</summary>
    internal readonly record struct Service(uint Port, FilterProtocol Protocol);

    /// <summary>What follows the header of IP.</summary>
    public static uint? IpProtocolOf(string name) => Protocols.TryGetValue(name, out string? number)
        ? uint.Parse(number, CultureInfo.InvariantCulture)
        : name switch
        {
            "icmp6" => 58,
            "carp" => 112,
            _ => null,
        };

    /// <summary>What follows the link layer's header; up to 1,500 it is a service access point of IEEE 802.2.</summary>
    public static uint? EtherTypeOf(string name) => name switch
    {
        "ip" => 0x0800,
        "arp" => 0x0806,
        "rarp" => 0x8035,
        "ip6" => 0x86DD,
        "atalk" => 0x809B,
        "aarp" => 0x80F3,
        "decnet" => 0x6003,
        "lat" => 0x6004,
        "sca" => 0x6007,
        "moprc" => 0x6002,
        "mopdl" => 0x6001,
        "loopback" => 0x9000,
        "iso" => 0xFE,
        "stp" => 0x42,
        "ipx" => 0xE0,
        "netbeui" => 0xF0,
        _ => null,
    };

    /// <summary>What follows the header of OSI's network layer.</summary>
    public static uint? OsiProtocolOf(string name) => name switch
    {
        "clnp" => 0x81,
        "esis" or "es-is" => 0x82,
        "isis" or "is-is" => 0x83,
        _ => null,
    };

    /// <summary>A service by its name.</summary>
    public static Service? ServiceOf(string name)
    {
        if (!Services.TryGetValue(name, out string? text))
        {
            return null;
        }

        FilterProtocol protocol = text[^1] switch
        {
            't' => FilterProtocol.Tcp,
            'u' => FilterProtocol.Udp,
            _ => FilterProtocol.Any,
        };
        return new Service(uint.Parse(text.TrimEnd('t', 'u'), CultureInfo.InvariantCulture), protocol);
    }

    private static FrozenDictionary<string, string> Read(string table)
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal);
        foreach (string entry in table.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            int at = entry.IndexOf('=', StringComparison.Ordinal);
            all.Add(entry[..at], entry[(at + 1)..]);
        }

        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
