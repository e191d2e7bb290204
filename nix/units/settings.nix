# The default settings of a container, which ../options.nix uses too.
let
  defaults = {
    declarative = true;
    activation = {
      autoStart = true;
      onCredentialChange = "none";
      reloadScript = null;
      strategy = "dynamic";
    };
    after = [ ];
    bindMounts = [ ];
    bridge = null;
    containerNetworkConfig = null;
    credentials = [ ];
    devices = [ ];
    ephemeral = false;
    forwardPorts = [ ];
    hostDefaults = { };
    hostNetworkConfig = null;
    hostNetworks = { };
    limits = { };
    mountDaemonSocket = false;
    nspawnNetwork = { };
    persistLeases = null;
    plugins = { };
    presets = [ ];
    requires = [ ];
    resources = {
      cpuQuota = null;
      cpuWeight = null;
      ioWeight = null;
      memoryHigh = null;
      memoryMax = null;
      tasksMax = null;
    };
    restrictAddressFamilies = null;
    sharedNix = true;
    systemCallFilter = null;
    timeoutStartSec = "90s";
    userNamespacing = false;
    wants = [ ];
    zone = null;
  };
in
{
  inherit defaults;

  # Settings, completed with the defaults.
  complete =
    given:
    defaults
    // given
    // {
      activation = defaults.activation // given.activation or { };
      resources = defaults.resources // given.resources or { };
    };
}
