# The default settings of a container, which ../options.nix uses too.
let
  users = import ./users.nix;
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
    capabilities = {
      add = [ ];
      drop = [ ];
    };
    containerNetworkConfig = null;
    credentials = [ ];
    devices = [ ];
    environment = { };
    ephemeral = false;
    extraVeths = { };
    forwardPorts = [ ];
    hostDefaults = { };
    hostNetworkConfig = null;
    hostNetworks = { };
    interfaces = [ ];
    limits = { };
    linkJournal = null;
    macAddress = null;
    mountDaemonSocket = false;
    networkNamespace = null;
    noNewPrivileges = false;
    nspawnNetwork = { };
    persistLeases = null;
    plugins = { };
    presets = [ ];
    privateUsers = null;
    requires = [ ];
    resolvConf = null;
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
    tmpfs = [ ];
    userNamespacing = false;
    volatile = false;
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
      capabilities = defaults.capabilities // given.capabilities or { };
      userNamespacing = given.userNamespacing or (users.isNamespaced (given.privateUsers or null));
    };
}
