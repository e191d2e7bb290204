# Packages that modules of NixOS include in every system, but that no container here uses. Their programs only print
# that they are not available.
{ lib, platform }:
final: _:
let
  absent =
    name: passthru:
    final.runCommand name { inherit passthru; } ''
      mkdir -p $out/bin
      printf '#!/bin/sh\necho "%s is not among the packages of this NixOS." >&2\nexit 127\n' ${name} >$out/bin/${name}
      chmod +x $out/bin/${name}
    '';
in
lib.genAttrs [
  "audit"
  "bash-completion"
  "bcache-tools"
  "btrfs-progs"
  "cpio"
  "dosfstools"
  "fish"
  "gnupatch"
  "host"
  "installShellFiles"
  "kbd"
  "kexec-tools"
  "lesspipe"
  "makeInitrdNGTool"
  "mkpasswd"
  "netcat"
  "nix-bash-completions"
  "nix-info"
  "nixos-container"
  "nixos-firewall-tool"
  "nixos-option"
  "nixos-rebuild"
  "openresty"
  "tengine"
  "time"
  "xonsh"
  "zsh"
] (name: absent name { })
// {
  inherit absent;
  # libcrypt(5)
  libxcrypt = absent "libxcrypt" {
    enabledCryptSchemeIds = [
      "y"
      "gy"
      "7"
      "2b"
      "6"
      "5"
    ];
  };
  xorg = lib.genAttrs [ "xauth" ] (name: absent name { });
  linuxPackages = lib.makeExtensible (_: {
    inherit (final) stdenv;
    kernel = absent "linux" {
      version = "6.12.0";
      modDirVersion = "6.12.0";
      features = { };
      config = lib.genAttrs [ "isYes" "isEnabled" "isSet" ] (_: _: true);
    };
  });
}
