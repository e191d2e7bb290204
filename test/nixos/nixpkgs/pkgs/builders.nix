# nixpkgs' trivial builders. Builders run on the test host, unsandboxed, with its bash.
{ lib, platform }:
final: prev:
let
  # Whether a value can be an environment variable of a builder.
  isVariable =
    value:
    value != null
    && (
      builtins.isString value
      || builtins.isInt value
      || builtins.isBool value
      || builtins.isPath value
      || (builtins.isAttrs value && value ? outPath)
      || (builtins.isList value && builtins.all isVariable value)
    );

  # Adds the attributes that a package of nixpkgs has in addition to its derivation. All outputs are the same one.
  asPackage =
    {
      pname,
      version ? "0",
      meta ? { },
      passthru ? { },
    }:
    derivation:
    lib.fix (
      self:
      derivation
      // {
        inherit pname version passthru;
        meta = {
          mainProgram = pname;
          priority = 5;
          available = true;
          platforms = [ platform.system ];
        }
        // meta;
        outputs = [ "out" ];
        override = _: self;
        overrideAttrs = _: self;
        overrideDerivation = _: self;
      }
      // lib.genAttrs [
        "out"
        "bin"
        "lib"
        "dev"
        "man"
        "doc"
        "info"
      ] (_: self)
      // passthru
    );

  runCommand =
    name: attributes: script:
    let
      variables = removeAttrs attributes [
        "name"
        "meta"
        "passthru"
        "env"
        "nativeBuildInputs"
        "buildInputs"
        "buildCommand"
        "outputs"
        "__structuredAttrs"
      ];
      inputs = lib.flatten (attributes.nativeBuildInputs or [ ] ++ attributes.buildInputs or [ ]);
      package =
        asPackage
          {
            pname = attributes.pname or name;
            version = attributes.version or "0";
            meta = attributes.meta or { };
            passthru = attributes.passthru or { };
          }
          (
            derivation (
              lib.filterAttrs (_: isVariable) (variables // attributes.env or { })
              // {
                name = lib.strings.sanitizeDerivationName name;
                inherit (platform) system;
                builder = "/bin/bash";
                args = [
                  "-c"
                  (
                    # Inputs of a builder take precedence over Debian's programs, which may need a library.
                    "source ${./stdenv.sh} && "
                    + lib.optionalString (inputs != [ ]) "PATH=${lib.makeBinPath inputs}:$PATH && "
                    + ''eval "$script"''
                  )
                ];
                inherit script;
                # The path of Debian's programs on the test host.
                programs = (lib.importJSON ./debian.json).path;
                inherit inputs;
                preferLocalBuild = true;
                allowSubstitutes = false;
              }
            )
          );
    in
    package
    // {
      overrideAttrs =
        change:
        let
          changed = if builtins.isFunction change then change attributes else change;
          all = attributes // (if builtins.isFunction changed then changed attributes else changed);
        in
        runCommand (all.name or name) all (all.buildCommand or script);
    };

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      meta ? { },
      passthru ? { },
      ...
    }:
    runCommand name
      {
        inherit
          text
          executable
          destination
          meta
          passthru
          ;
        passAsFile = [ "text" ];
      }
      ''
        target=$out$destination
        mkdir -p "$(dirname "$target")"
        cp "$textPath" "$target"
        [ -z "$executable" ] || chmod +x "$target"
      '';

  writeText = name: text: writeTextFile { inherit name text; };
  writeScript =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
    };
  writeScriptBin =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
      destination = "/bin/${name}";
      meta.mainProgram = name;
    };
  shell = "${final.bash}/bin/bash";
  writeShellScript = name: text: writeScript name "#!${shell}\n${text}";
  writeShellScriptBin = name: text: writeScriptBin name "#!${shell}\n${text}";
  writeJSON = name: value: writeText name (builtins.toJSON value);

  # As in nixpkgs, a name whose value is null is replaced by a later builder.
  present = lib.filterAttrs (_: value: value != null);

  # Replaces the names of `replacements` between @ in the text of a file.
  replaceIn =
    src: replacements:
    {
      name ? lib.removePrefix "." (baseNameOf (toString src)),
      dir ? null,
      isExecutable ? false,
      postInstall ? "",
    }:
    runCommand name
      (
        replacements
        // {
          source = "${src}";
          target = lib.optionalString (dir != null) "/${dir}/${name}";
          inherit isExecutable;
        }
      )
      ''
        target=$out$target
        mkdir -p "$(dirname "$target")"
        substitute "$source" "$target" ${
          lib.concatMapStringsSep " " (name: "--subst-var ${name}") (builtins.attrNames (present replacements))
        }
        [ -z "$isExecutable" ] || chmod +x "$target"
        ${postInstall}
      '';

  linkFarm =
    name: entries:
    let
      list =
        if builtins.isAttrs entries then
          lib.mapAttrsToList (name: path: { inherit name path; }) entries
        else
          entries;
    in
    runCommand name { passthru.entries = entries; } ''
      mkdir -p $out
      cd $out
      ${lib.concatMapStrings (entry: ''
        mkdir -p "$(dirname ${lib.escapeShellArg entry.name})"
        ln -s ${lib.escapeShellArg "${entry.path}"} ${lib.escapeShellArg entry.name}
      '') list}
    '';

  # A directory of links to the files of all paths; the first path that has a file wins.
  buildEnv =
    {
      name,
      paths,
      pathsToLink ? [ "/" ],
      postBuild ? "",
      passthru ? { },
      meta ? { },
      ...
    }:
    runCommand name
      {
        paths = map (path: "${path}") (lib.flatten paths);
        inherit pathsToLink passthru meta;
      }
      ''
        mkdir -p $out
        for path in $paths; do
          for part in $pathsToLink; do
            from=$path''${part%/}
            # As in nixpkgs, a link to a directory in the package is not followed.
            if [ -d "$from" ] && ! [ -L "$from" ]; then
              mkdir -p "$out$part"
              cp -rs --update=none "$from/." "$out$part/"
              chmod -R u+w "$out$part"
            elif [ -f "$from" ] && ! [ -e "$out$part" ]; then
              mkdir -p "$(dirname "$out$part")"
              ln -s "$from" "$out$part"
            fi
          done
        done
        ${postBuild}
      '';

  mkDerivation =
    argument:
    let
      attributes = if builtins.isFunction argument then lib.fix argument else argument;
      name = attributes.name or "${attributes.pname or "package"}-${attributes.version or "0"}";
    in
    # No container here needs a compiled package. It fails when it is built, but can be evaluated.
    runCommand name attributes (
      attributes.buildCommand or "echo 'there is no compiler to build ${name} with' >&2; exit 1"
    );
in
{
  inherit
    asPackage
    buildEnv
    linkFarm
    mkDerivation
    runCommand
    writeScript
    writeScriptBin
    writeShellScript
    writeShellScriptBin
    writeText
    writeTextFile
    ;

  runCommandLocal = runCommand;
  runCommandCC = runCommand;
  runCommandNoCC = runCommand;
  runCommandWith = { name, derivationArgs ? { }, ... }: runCommand name derivationArgs;

  runtimeShell = shell;
  runtimeShellPackage = final.bash;
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      bashOptions ? [
        "errexit"
        "nounset"
        "pipefail"
      ],
      ...
    }:
    writeShellScriptBin name ''
      ${lib.concatMapStrings (option: "set -o ${option}\n") bashOptions}
      export PATH=${lib.makeBinPath runtimeInputs}:$PATH
      ${text}
    '';
  writeTextDir =
    path: text:
    writeTextFile {
      name = baseNameOf path;
      inherit text;
      destination = "/${path}";
    };
  writers = {
    inherit writeText writeJSON;
    writeBash = writeShellScript;
    writeBashBin = writeShellScriptBin;
    writeDash = writeShellScript;
    writeDashBin = writeShellScriptBin;
    writePerl = name: _: text: writeScript name "#!${final.perl}/bin/perl\n${text}";
    writeNginxConfig = writeText;
  };

  concatTextFile = { name, files, ... }: runCommand name { inherit files; } "cat $files >$out";
  concatText = name: files: runCommand name { inherit files; } "cat $files >$out";
  linkFarmFromDrvs = name: list: linkFarm name (map (path: { inherit (path) name; inherit path; }) list);
  symlinkJoin = arguments: buildEnv (removeAttrs arguments [ "pathsToLink" ]);
  emptyFile = writeText "empty-file" "";
  emptyDirectory = runCommand "empty-directory" { } "mkdir -p $out";

  substituteAll =
    arguments:
    let
      about = [
        "name"
        "dir"
        "isExecutable"
        "postInstall"
      ];
    in
    replaceIn arguments.src (removeAttrs arguments (
      about
      ++ [
        "src"
        "meta"
        "passthru"
      ]
    )) (lib.getAttrs (builtins.filter (name: arguments ? ${name}) about) arguments);
  substitute =
    {
      src,
      name ? baseNameOf (toString src),
      substitutions ? [ ],
      ...
    }:
    runCommand name {
      source = "${src}";
    } "substitute $source $out ${lib.escapeShellArgs substitutions}";
  replaceVars = src: replacements: replaceIn src replacements { };
  replaceVarsWith =
    {
      src,
      replacements,
      name ? null,
      dir ? null,
      isExecutable ? false,
      ...
    }:
    replaceIn src replacements (
      { inherit dir isExecutable; } // lib.optionalAttrs (name != null) { inherit name; }
    );

  closureInfo =
    { rootPaths }:
    derivation {
      name = "closure-info";
      inherit (platform) system;
      builder = "/bin/bash";
      args = [
        "-c"
        ''
          export PATH=/usr/bin:/bin
          . "$NIX_ATTRS_SH_FILE"
          mkdir -p "''${outputs[out]}"
          jq -r '.closure[].path' <"$NIX_ATTRS_JSON_FILE" | sort -u >"''${outputs[out]}/store-paths"
          jq -r '.closure | map([.path, .narHash, .narSize, "", (.references | length)] + .references | map("\(.)\n") | add) | add' \
            <"$NIX_ATTRS_JSON_FILE" | head -n -1 >"''${outputs[out]}/registration"
        ''
      ];
      __structuredAttrs = true;
      exportReferencesGraph.closure = map (path: "${path}") rootPaths;
      preferLocalBuild = true;
      allowSubstitutes = false;
    };

  stdenv = {
    inherit mkDerivation shell;
    inherit (platform) system isx86_64 isAarch64 is64bit;
    hostPlatform = platform;
    buildPlatform = platform;
    targetPlatform = platform;
    isLinux = true;
    isDarwin = false;
    cc = {
      libc = final.glibc;
      bintools.dynamicLinker = "/lib64/${
        if platform.isx86_64 then "ld-linux-x86-64.so.2" else "ld-linux-aarch64.so.1"
      }";
    };
    override = _: final.stdenv;
  };
  stdenvNoCC = final.stdenv;
}
