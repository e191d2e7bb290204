# The packages that containers run.
{ lib, platform }:
final: prev:
let
  debian = import ./debian.nix { inherit lib platform final; };
  inherit (debian) libraries;

  # Packages that consist only of the programs of Debian packages.
  plain =
    builtins.mapAttrs
      (
        pname: debs:
        debian.package pname {
          inherit debs;
          mainProgram = lib.removePrefix "gnu" pname;
        }
      )
      {
        acl = [ "acl" ];
        attr = [ "attr" ];
        bzip2 = [ "bzip2" ];
        coreutils = [ "coreutils" ];
        curl = [ "curl" ];
        diffutils = [ "diffutils" ];
        e2fsprogs = [ "e2fsprogs" ];
        file = [ "file" ];
        findutils = [ "findutils" ];
        gnugrep = [ "grep" ];
        gnused = [ "sed" ];
        gnutar = [ "tar" ];
        gzip = [ "gzip" ];
        iproute2 = [ "iproute2" ];
        iputils = [ "iputils-ping" ];
        jq = [ "jq" ];
        kmod = [ "kmod" ];
        less = [ "less" ];
        libcap = [ "libcap2-bin" ];
        logrotate = [ "logrotate" ];
        nano = [ "nano" ];
        nettools = [ "hostname" ];
        nftables = [ "nftables" ];
        nodejs = [ "nodejs" ];
        procps = [ "procps" ];
        psmisc = [ "psmisc" ];
        rsync = [ "rsync" ];
        strace = [ "strace" ];
        xz = [ "xz-utils" ];
        zstd = [ "zstd" ];
      };

  # Packages that consist of links to single files, by path.
  links =
    builtins.mapAttrs
      (
        pname: files:
        debian.package pname {
          script = lib.concatStrings (
            lib.mapAttrsToList (place: file: ''
              mkdir -p "$(dirname $out/${place})"
              ln -s $debian/${file} $out/${place}
            '') files
          );
        }
      )
      {
        fuse."bin/fusermount" = "usr/bin/true";
        fuse3."bin/fusermount3" = "usr/bin/true";
        getconf."bin/getconf" = "usr/bin/getconf";
        getent."bin/getent" = "usr/bin/getent";
        iana-etc = {
          "etc/protocols" = "etc/protocols";
          "etc/services" = "etc/services";
        };
        mailcap."etc/nginx/mime.types" = "etc/nginx/mime.types";
        tzdata."share/zoneinfo" = "usr/share/zoneinfo";
        which."bin/which" = "usr/bin/which.debianutils";
      };

  # A program from NixOS's own sources that Debian does not have (README.md, "Programs that Debian does not have").
  given =
    program: pname:
    let
      file = ./given + "/${program}";
    in
    if builtins.pathExists file then
      final.runCommand pname { meta.mainProgram = program; } ''
        mkdir -p $out/bin
        cp ${file} $out/bin/${program}
        chmod +x $out/bin/${program}
      ''
    else
      final.absent program { };

  systemdDebs = [
    "systemd"
    "systemd-container"
    "systemd-coredump"
    "systemd-cryptsetup"
    "systemd-oomd"
    "systemd-resolved"
    "systemd-timesyncd"
    "udev"
  ];
in
plain
// links
// {
  debian = debian.tree;

  bash = debian.package "bash" {
    debs = [ "bash" ];
    script = "ln -sfn bash $out/bin/sh";
    passthru = _: { shellPath = "/bin/bash"; };
  };
  bashInteractive = final.bash;

  busybox = debian.package "busybox" {
    # Copied, because it runs before /usr/lib exists.
    script = ''
      cp $debian/usr/bin/busybox $out/bin/busybox
      ln -s busybox $out/bin/sh
    '';
  };

  cacert = debian.package "cacert" {
    script = ''
      mkdir -p $out/etc/ssl/certs $out/etc/ssl/trust-source
      ln -s $debian/etc/ssl/certs/ca-certificates.crt $out/etc/ssl/certs/ca-bundle.crt
    '';
    passthru = self: {
      unbundled = self;
      p11kit = self;
    };
  };

  # Not in Debian. Creates the same image from the same text with mkfs.erofs.
  composefs = debian.package "composefs" {
    script = ''
      printf '#!/bin/sh\nexec ${final.python3}/bin/python3 ${./mkcomposefs.py} "$@"\n' >$out/bin/mkcomposefs
      chmod +x $out/bin/mkcomposefs
    '';
  };

  coreutils-full = final.coreutils;

  dbus = debian.package "dbus" {
    debs = [
      "dbus"
      "dbus-bin"
      "dbus-daemon"
    ];
    script = ''
      copyUnits system $out/lib/systemd/system dbus dbus-daemon dbus-system-bus-common
      copyUnits user $out/lib/systemd/user dbus dbus-daemon dbus-user-session
      # NixOS has the configuration in /etc/dbus-1.
      sed -i -E "s,^(ExecStart=@?[^ ]*dbus-daemon).*,ExecStart=$debian/usr/bin/dbus-daemon --config-file=/etc/dbus-1/system.conf --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only," \
        $out/lib/systemd/system/dbus.service
      mkdir -p $out/libexec $out/share/dbus-1/system.d $out/etc/dbus-1/system.d
      ln -s $debian/usr/lib/dbus-1.0/dbus-daemon-launch-helper $out/libexec/
      ln -s $debian/usr/share/dbus-1/session.conf $out/share/dbus-1/
      # The policy of the bus itself: Debian's file without its directories.
      perl -0777 -pe '
        s/<!--.*?-->//gs;
        s/<!DOCTYPE.*?>//gs;
        s/<(standard_system_servicedirs|servicehelper|includedir|include|pidfile|user|fork|listen|type|syslog|auth)\b[^>]*?(\/>|>.*?<\/\1>)//gs;
        s/<busconfig>/<busconfig><type>system<\/type><user>messagebus<\/user><fork\/><syslog\/><auth>EXTERNAL<\/auth><listen>unix:path=\/run\/dbus\/system_bus_socket<\/listen>/
      ' $debian/usr/share/dbus-1/system.conf >$out/share/dbus-1/system.d/bus.conf
    '';
  };

  erofs-utils = debian.package "erofs-utils" {
    # Builders run them on the test host, which does not have their libraries.
    script = ''
      for program in mkfs.erofs fsck.erofs; do
        printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' \
          $debian/${libraries} $debian/usr/bin/$program >$out/bin/$program
        chmod +x $out/bin/$program
      done
    '';
  };

  gawk = debian.package "gawk" {
    debs = [ "gawk" ];
    script = "ln -sfn gawk $out/bin/awk";
  };

  glibc = debian.package "glibc" {
    debs = [ "libc-bin" ];
    version = "2.41";
    # NixOS notifies nscd of new users, even if it does not run.
    script = "ln -s $debian/usr/bin/true $out/bin/nscd";
    passthru = self: {
      getent = self;
      static = self;
    };
  };
  # Debian's C library contains C.UTF-8.
  glibcLocales = debian.package "glibc-locales" {
    script = ''
      mkdir -p $out/lib/locale
      touch $out/lib/locale/locale-archive
    '';
  };
  glibcLocalesUtf8 = final.glibcLocales;

  iptables = debian.package "iptables" {
    debs = [ "iptables" ];
    script = ''
      for program in {iptables,ip6tables}; do
        for part in "" -save -restore; do
          ln -sfn $debian/usr/sbin/$program-nft$part $out/bin/$program$part
        done
      done
    '';
  };

  linux-pam = debian.package "linux-pam" {
    debs = [ "libpam-modules-bin" ];
    script = ''
      mkdir -p $out/lib
      ln -s $debian/${libraries}/security $out/lib/security
    '';
  };
  pam = final.linux-pam;

  makeDBusConf =
    { suidHelper, serviceDirectories, ... }:
    let
      configuration = rules: ''
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <busconfig>
        ${lib.concatLines rules}
        </busconfig>
      '';
      inEach = rules: lib.concatMap rules (map toString serviceDirectories);
    in
    final.linkFarm "dbus-1" {
      "system.conf" = final.writeText "system.conf" (
        configuration (
          [ "<servicehelper>${suidHelper}</servicehelper>" ]
          ++ inEach (directory: [
            "<servicedir>${directory}/share/dbus-1/system-services</servicedir>"
            "<includedir>${directory}/etc/dbus-1/system.d</includedir>"
            "<includedir>${directory}/share/dbus-1/system.d</includedir>"
          ])
        )
      );
      "session.conf" = final.writeText "session.conf" (
        configuration (
          inEach (directory: [
            "<servicedir>${directory}/share/dbus-1/services</servicedir>"
            "<includedir>${directory}/etc/dbus-1/session.d</includedir>"
          ])
        )
      );
    };

  # `wrapProgram FILE --set NAME VALUE…` for scripts of builders.
  makeWrapper = final.replaceVarsWith {
    src = ./make-wrapper.sh;
    name = "setup-hook";
    dir = "nix-support";
    replacements.shell = final.runtimeShell;
  };

  # move_mount(2) with MOVE_MOUNT_BENEATH: `move-mount --move --beneath FROM TO`.
  move-mount-beneath = final.writeShellScriptBin "move-mount" ''
    exec ${final.perl}/bin/perl -e 'syscall(429, -100, $ARGV[0], -100, $ARGV[1], 0x200) == 0 or die "move_mount: $!\n"' "$3" "$4"
  '';

  ncurses = debian.package "ncurses" {
    debs = [ "ncurses-bin" ];
    script = ''
      mkdir -p $out/share
      ln -s $debian/usr/share/terminfo $out/share/terminfo
    '';
    passthru = self: { terminfo = self; };
  };

  nginx = debian.package "nginx" {
    debs = [
      "nginx"
      "nginx-common"
      "nginx-light"
    ];
    version = "1.26.3";
    script = "ln -s $debian/etc/nginx $out/conf";
    passthru = _: {
      modules = [ ];
      withMail = false;
    };
  };
  nginxStable = final.nginx;

  # The part that runs outside of an initrd: it removes marks of an overlay that hide new files in /etc.
  nixos-init = final.writeShellScriptBin "clear-etc-opaque" ''
    cd "$1" && find . -mindepth 1 -type d -print0 | while IFS= read -r -d "" directory; do
      [ ! -d "$2/$directory" ] || [ -L "$2/$directory" ] ||
        ${final.attr}/bin/setfattr --remove=trusted.overlay.opaque "$2/$directory" 2>/dev/null || true
    done
  '';

  nix = debian.package "nix" {
    debs = [ "nix-bin" ];
    version = "2.26.3";
    script = ''
      copyUnits system $out/lib/systemd/system nix-setup-systemd
      mkdir -p $out/lib/tmpfiles.d
      echo 'd /nix/var/nix/daemon-socket 0755 root root - -' >$out/lib/tmpfiles.d/nix-daemon.conf
    '';
  };

  openssh = debian.package "openssh" {
    debs = [
      "openssh-client"
      "openssh-server"
      "openssh-sftp-server"
    ];
    version = "9.9p1";
    script = ''
      mkdir -p $out/libexec $out/etc/ssh
      ln -s $debian/usr/lib/openssh/* $out/libexec/
      touch $out/etc/ssh/moduli
    '';
  };

  perl = debian.package "perl" {
    debs = [
      "perl"
      "perl-base"
    ];
    version = "5.40.0";
    passthru = _: { libPrefix = "lib/perl5/site_perl"; };
  };
  perlPackages = {
    inherit (final) perl;
    # Debian's perl finds them itself.
    makePerlPath = _: "/usr/share/perl5";
    makeFullPerlPath = _: "/usr/share/perl5";
  }
  // lib.genAttrs [ "ConfigIniFiles" "FileSlurp" "JSON" "NetDBus" ] (_: final.perl);

  python3 = debian.package "python3" {
    debs = [ "python3-minimal" ];
    # A builder runs it on the test host, which does not have its library.
    script = ''
      rm $out/bin/*
      printf '#!/bin/sh\nPYTHONHOME=%s PYTHONDONTWRITEBYTECODE=1 exec %s -S "$@"\n' \
        $debian/usr $debian/usr/bin/python3 >$out/bin/python3
      chmod +x $out/bin/python3
    '';
  };

  # NixOS compiles a set-user-ID wrapper for each program. Here it is a script, which cannot be set-user-ID, so programs
  # that need the privilege fail.
  pkgsStatic = final // {
    callPackage =
      function: arguments:
      if arguments ? sourceProg then
        final.writeShellScriptBin "security-wrapper" ''exec ${arguments.sourceProg} "$@"''
      else
        final.callPackage function arguments;
  };

  shadow = debian.package "shadow" {
    debs = [
      "login"
      "login.defs"
      "passwd"
      "uidmap"
    ];
    script = "ln -sfn $debian/usr/bin/{su,newgrp} $out/bin/";
    passthru = self: {
      su = self;
      shellPath = "/bin/nologin";
    };
  };
  su = final.shadow;

  sudo = debian.package "sudo" { debs = [ "sudo" ]; };

  switch-to-configuration-ng = given "switch-to-configuration" "switch-to-configuration-ng";

  systemd = debian.package "systemd" {
    debs = systemdDebs ++ [ "systemd-sysv" ];
    version = "257.9";
    script = ''
      mkdir -p $out/lib/systemd $out/share/dbus-1
      ln -s $debian/usr/lib/systemd/* $out/lib/systemd/
      ln -s $debian/usr/lib/udev $out/lib/udev
      ln -s $debian/${libraries}/security $out/lib/security
      # As in nixpkgs, the units from which NixOS chooses are in example/.
      copyUnits system $out/example/systemd/system ${toString systemdDebs}
      copyUnits user $out/example/systemd/user ${toString systemdDebs}
      for directory in tmpfiles.d sysusers.d sysctl.d; do cp -r $debian/moved/$directory $out/example/; done
      chmod -R u+w $out/example
      for directory in system.d system-services services interfaces; do
        mkdir -p $out/share/dbus-1/$directory
        ln -s $debian/usr/share/dbus-1/$directory/org.freedesktop.* $out/share/dbus-1/$directory/
      done
      # Units that NixOS expects in systemd and that Debian leaves out.
      absent() {
        printf '[Unit]\nDescription=Not in Debian (%s)\nConditionPathExists=/nonexistent\n' $1
        case $1 in
          *.socket) printf '[Socket]\nListenStream=/run/nonexistent\n' ;;
          *) printf '[Service]\nExecStart=/nonexistent\n' ;;
        esac
      }
      for unit in systemd-vconsole-setup.service systemd-bootctl.socket systemd-bootctl@.service; do
        absent $unit >$out/example/systemd/system/$unit
      done
      mkdir -p $out/example/systemd/system/{sysinit,sockets,local-fs,multi-user,timers}.target.wants
    '';
    passthru =
      _:
      # The features of systemd that modules check.
      lib.genAttrs [
        "withAnalyze"
        "withCoredump"
        "withCryptsetup"
        "withHostnamed"
        "withImportd"
        "withKmod"
        "withLocaled"
        "withLogind"
        "withMachined"
        "withNetworkd"
        "withOomd"
        "withPam"
        "withPortabled"
        "withRepart"
        "withResolved"
        "withTimedated"
        "withTimesyncd"
      ] (_: true)
      // lib.genAttrs [
        "withAudit"
        "withBootloader"
        "withEfi"
        "withHomed"
        "withRemote"
        "withSelinux"
        "withSysupdate"
        "withTpm2Tss"
        "withUserDb"
        "withUtmp"
      ] (_: false)
      // {
        interfaceVersion = 2;
        inherit (final)
          dbus
          kbd
          kmod
          util-linux
          ;
      };
  };
  systemdMinimal = final.systemd;
  systemdStage1 = final.systemd;

  userborn = given "userborn" "userborn";

  util-linux = debian.package "util-linux" {
    debs = [
      "bsdutils"
      "login"
      "mount"
      "util-linux"
      "util-linux-extra"
    ];
    passthru = self: {
      login = self;
      mount = self;
      swap = self;
      withPatches = self;
    };
  };
  util-linuxMinimal = final.util-linux;

  # NixOS uses it to link the files of a directory.
  xorg = prev.xorg // {
    lndir = final.writeShellScriptBin "lndir" ''
      exec cp -rs --update=none "$(readlink -f "$1")/." "$2/"
    '';
  };
}
