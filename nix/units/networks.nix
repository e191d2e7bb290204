# The .network units of a container, in the structure of NixOS's `systemd.network.networks.<name>`, as
# { forced, defaults }. The user's options override `defaults`. Modelled on systemd's 80-container-{ve,vz,host0}.network.
{ quoting }:
let
  # For both interfaces on the host.
  hostSide = {
    linkConfig.RequiredForOnline = "no";
    networkConfig = {
      DHCPServer = "yes";
      IPMasquerade = "both";
      LLDP = "yes";
      EmitLLDP = "customer-bridge";
      IPv6AcceptRA = "no";
      IPv6SendRA = "yes";
      # systemd's file also enables IPv4 link-local addresses, which are not needed in addition to the subnet.
      LinkLocalAddressing = "ipv6";
    };
  };

  leases =
    persistLeases:
    if persistLeases == null then
      { }
    else
      {
        # A separate section, because NixOS supports this key only since 2025. systemd 257 does not support "runtime".
        extraConfig = ''
          [DHCPServer]
          PersistLeases=${
            if builtins.isString persistLeases then
              persistLeases
            else if persistLeases then
              "yes"
            else
              "no"
          }
        '';
      };
in
rec {
  # The names of options in `value` that contain several lines. networkd would read the additional lines as keys and
  # sections. `extraConfig` may have several lines.
  brokenLines =
    name: value:
    if builtins.isString value then
      (if quoting.hasControlCharacter value then [ name ] else [ ])
    else if builtins.isList value then
      builtins.concatMap (brokenLines name) value
    else if builtins.isAttrs value && value.type or null != "derivation" then
      builtins.concatMap (key: brokenLines "${name}.${key}" value.${key}) (
        builtins.filter (key: key != "extraConfig") (builtins.attrNames value)
      )
    else
      [ ];

  vethUnit = name: "20-ve-${name}";
  zoneUnit = zone: "20-vz-${zone}";
  containerUnit = "20-host0";

  # The host's end of a container's link.
  veth = name: settings: {
    forced = {
      matchConfig = {
        Name = "ve-${name}";
        Driver = "veth";
      };
      # For an unspecified address, networkd chooses a free subnet of this size.
      address = [ "0.0.0.0/28" ];
    }
    // leases settings.persistLeases;
    defaults = hostSide;
  };

  # The host's end of an additional link. A link with the name of one at a bridge has no address.
  extraVeth = link: {
    forced = {
      matchConfig = {
        Name = link;
        Driver = "veth";
      };
    }
    // (if isAtBridge link then { } else { address = [ "0.0.0.0/28" ]; });
    defaults = if isAtBridge link then { linkConfig.RequiredForOnline = "no"; } else hostSide;
  };
  extraVethUnit = link: "20-${link}";
  isAtBridge = link: builtins.match "vb-.*" link != null;

  # The bridge of a zone.
  zone = zone: {
    forced = {
      matchConfig = {
        Name = "vz-${zone}";
        Driver = "bridge";
      };
      address = [ "0.0.0.0/24" ];
    };
    defaults = hostSide;
  };

  # With these, a container has the same address at its next start. If it released its lease when it stops, networkd of
  # systemd 258 and newer would also forget the subnet of the link, and choose another one. The default client ID depends
  # on the machine ID, which changes after a reset or with `ephemeral`. Leases of former IDs would fill the small pool.
  keptLease = {
    ClientIdentifier = "mac";
    SendRelease = false;
  };

  # The container's end of its link. At a bridge, the DHCP server is not that of the host.
  host0 = settings: inside { atBridge = settings.bridge != null; } "host0";
  inside =
    { atBridge }:
    interface: {
      forced.matchConfig = {
        Kind = "veth";
        Name = interface;
        Virtualization = "container";
      };
      defaults = {
        networkConfig = {
          DHCP = "yes";
          LLDP = "yes";
          EmitLLDP = "customer-bridge";
          LinkLocalAddressing = "ipv6";
        };
        dhcpV4Config = {
          UseTimezone = true;
        }
        // (if atBridge then { } else keptLease);
      };
    };

  # Whether the container's link needs its own unit. Otherwise, systemd's unit applies.
  hasOwnVeth = settings: settings.hostNetworkConfig != null || settings.persistLeases != null;
}
