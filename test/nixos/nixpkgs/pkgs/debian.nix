# Debian's programs as packages of nixpkgs. One store path contains them all, and a package is a directory of links into
# it. They find their libraries in /usr/lib, which is a link to that path in the container (nixos/programs.nix).
{
  lib,
  platform,
  final,
}:
let
  # The path of the tree while packages are built, and its id.
  source = builtins.fromJSON (builtins.readFile ./debian.json);
in
rec {
  # Debian's directory for the libraries of this platform.
  libraries = "usr/lib/${platform.parsed.cpu.name}-linux-gnu";

  # Without set-user-ID bits, which Nix does not accept, and without documentation. What systemd would find in /usr/lib
  # is in `moved` instead, because NixOS decides what of it applies.
  tree = final.runCommand "debian-programs" { inherit (source) path id; } ''
    mkdir -p $out/moved/systemd
    tar --directory="$path" --create --mode=u-s,g-s \
      --exclude=usr/share/{man,doc,locale,info,lintian,bug,common-licenses,i18n} \
      --exclude=usr/lib/systemd/boot --exclude=usr/lib/udev/hwdb.d \
      usr etc/{nginx,ssl,services,protocols,rpc,login.defs,perl} var/lib/dpkg/info |
      tar --directory=$out --extract --no-same-owner
    for directory in systemd/{system,user,system-preset,user-preset} tmpfiles.d sysusers.d sysctl.d; do
      [ ! -e $out/usr/lib/$directory ] || mv $out/usr/lib/$directory $out/moved/$directory
    done
  '';

  # Functions for the scripts of packages.
  functions = ''
    debian=${tree}

    # Lists the files of Debian packages.
    files() {
      local package
      for package in "$@"; do cat $debian/var/lib/dpkg/info/$package.list $debian/var/lib/dpkg/info/$package:*.list 2>/dev/null || true; done
    }

    # Links the programs of Debian packages.
    linkPrograms() {
      local file
      mkdir -p $out/bin
      while read -r file; do
        file=$debian/usr/''${file#/usr/}
        [ ! -f "$file" ] || ln -sfn "$file" "$out/bin/''${file##*/}"
      done < <(files "$@" | sed -nE 's,^(/usr)?/(s?bin/[^/]+)$,/usr/\2,p')
    }

    # copyUnits KIND TARGET PACKAGE…: copies the units of Debian packages, with full paths of programs.
    copyUnits() {
      local kind=$1 target=$2 unit
      shift 2
      mkdir -p $target
      while read -r unit; do
        if [ -d "$debian/moved/systemd/$kind/$unit" ] && ! [ -L "$debian/moved/systemd/$kind/$unit" ]; then continue; fi
        [ -e "$debian/moved/systemd/$kind/$unit" ] || [ -L "$debian/moved/systemd/$kind/$unit" ] || continue
        mkdir -p "$(dirname "$target/$unit")"
        cp -a "$debian/moved/systemd/$kind/$unit" "$target/$unit"
      done < <(files "$@" | sed -nE "s,^(/usr)?/lib/systemd/$kind/,,p")
      find $target -type f -exec sed -i -E \
        "s,([=@!+:-]|[=@!+:-]\[|[ '\"])(/usr)?/(s?bin)/,\1$debian/usr/\3/,g" {} +
    }
  '';

  # A package with the programs of Debian packages, and what `script` adds.
  package =
    pname:
    {
      debs ? [ ],
      script ? "",
      version ? "9999",
      mainProgram ? pname,
      # Further attributes that modules of NixOS need.
      passthru ? (_: { }),
    }:
    lib.fix (
      self:
      final.runCommand "${pname}-${version}"
        {
          inherit pname version;
          meta = { inherit mainProgram; };
          passthru = {
            withPackages = _: self;
            overrideAttrs = _: self;
          }
          // passthru self;
        }
        ''
          ${functions}
          linkPrograms ${toString debs}
          ${script}
          [ -e $out/sbin ] || ln -s bin $out/sbin
        ''
      // {
        overrideAttrs = _: self;
      }
    );
}
