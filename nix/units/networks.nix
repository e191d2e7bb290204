# The .network units of a container, in the shape of NixOS's `systemd.network.networks.<name>`, as
# { forced, defaults }: what must hold, and what whoever configures the interface may set otherwise.
# Modelled on systemd's own 80-container-{ve,vz,host0}.network.
{ quoting }:
let
  # On both interfaces of the host's side.
  hostSide = {
    linkConfig.RequiredForOnline = "no";
    networkConfig = {
      DHCPServer = "yes";
      IPMasquerade = "both";
      LLDP = "yes";
      EmitLLDP = "customer-bridge";
      IPv6AcceptRA = "no";
      IPv6SendRA = "yes";
      # systemd's own file asks for an IPv4 link-local address too, which nothing needs beside the subnet.
      LinkLocalAddressing = "ipv6";
    };
  };

  leases =
    persistLeases:
    if persistLeases == null then
      { }
    else
      {
        # Written as a section of its own: NixOS learnt the key only in 2025, systemd 257 does not know "runtime".
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
  # The options within that hold text of several lines, by their names: networkd would take the rest of the text for
  # further keys and sections. `extraConfig` is such text.
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

  # The host's end of a container's own link.
  veth = name: settings: {
    forced = {
      matchConfig = {
        Name = "ve-${name}";
        Driver = "veth";
      };
      # An unspecified address: networkd picks a free subnet of this size.
      address = [ "0.0.0.0/28" ];
    }
    // leases settings.persistLeases;
    defaults = hostSide;
  };

  # The bridge that the containers of a zone share.
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

  # The container's own end, in the container.
  host0 = {
    forced.matchConfig = {
      Kind = "veth";
      Name = "host0";
      Virtualization = "container";
    };
    defaults = {
      networkConfig = {
        DHCP = "yes";
        LLDP = "yes";
        EmitLLDP = "customer-bridge";
        LinkLocalAddressing = "ipv6";
      };
      dhcpV4Config.UseTimezone = true;
    };
  };

  # Whether the container needs a unit of its own for its link; systemd's serves it else.
  hasOwnVeth = settings: settings.hostNetworkConfig != null || settings.persistLeases != null;
}
