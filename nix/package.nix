# The command as a package. It is built from the lock file, and runs from the read-only store.
{
  lib,
  buildNpmPackage,
  cacert,
  coreutils,
  e2fsprogs,
  findutils,
  importNpmLock,
  installShellFiles,
  makeWrapper,
  nftables,
  nix,
  nodejs,
  stdenvNoCC,
  systemd,
  util-linux,
}:
let
  root = ../.;
  package = lib.importJSON (root + "/package.json");
  lock = lib.importJSON (root + "/package-lock.json");

  # npm fetches the packages from its configured registry, and the hashes of the lock file verify them. The lock file
  # contains no URLs, which the fetchers of nixpkgs would need.
  fetch =
    path: entry:
    let
      name = entry.name or (lib.last (lib.splitString "node_modules/" path));
    in
    stdenvNoCC.mkDerivation {
      name = "${lib.strings.sanitizeDerivationName name}-${entry.version}.tgz";
      dontUnpack = true;
      nativeBuildInputs = [ nodejs ];
      SSL_CERT_FILE = "${cacert}/etc/ssl/certs/ca-bundle.crt";
      impureEnvVars = lib.fetchers.proxyImpureEnvVars ++ [ "npm_config_registry" ];
      buildPhase = ''
        export HOME=$TMPDIR
        npm pack --ignore-scripts ${lib.escapeShellArg "${name}@${entry.version}"}
        mv -- *.tgz $out
      '';
      dontInstall = true;
      dontFixup = true;
      outputHashMode = "flat";
      outputHash = entry.integrity;
    };
in
buildNpmPackage {
  pname = package.name;
  inherit (package) version;

  src = lib.fileset.toSource {
    inherit root;
    fileset = lib.fileset.unions (
      [
        (root + "/bin")
        (root + "/commands")
        (root + "/hooks")
        (root + "/nix")
        (root + "/package.json")
        (root + "/package-lock.json")
        (root + "/plugins")
        (lib.fileset.fileFilter (file: file.hasExt "mjs") (root + "/scripts"))
        (root + "/src")
        (root + "/tsconfig.json")
      ]
      ++ map (path: lib.fileset.maybeMissing (root + path)) [
        "/.npmrc"
        "/CHANGELOG.md"
        "/LICENSE"
        "/README.md"
        "/cli"
        "/tsconfig.build.json"
      ]
    );
  };

  inherit nodejs;
  npmDeps = importNpmLock {
    npmRoot = root;
    packageSourceOverrides = lib.mapAttrs fetch (
      lib.filterAttrs (_: entry: entry ? integrity && !(entry ? resolved)) lock.packages
    );
  };
  inherit (importNpmLock) npmConfigHook;

  nativeBuildInputs = [
    installShellFiles
    makeWrapper
  ];

  # The build generates these files from the commands.
  postInstall = ''
    installManPage dist/man/man1/*
    installShellCompletion --cmd nixos-nspawn \
      --bash dist/completions/nixos-nspawn \
      --zsh dist/completions/_nixos-nspawn \
      --fish dist/completions/nixos-nspawn.fish
  '';

  # The host's programs have priority, because the host's systemd runs the containers.
  postFixup = ''
    wrapProgram $out/bin/nixos-nspawn --suffix PATH : ${
      lib.makeBinPath [
        coreutils
        e2fsprogs
        findutils
        nftables
        nix
        systemd
        util-linux
      ]
    }
  '';

  meta = {
    inherit (package) description;
    license = lib.licenses.mit;
    mainProgram = "nixos-nspawn";
    platforms = lib.platforms.linux;
  };
}
