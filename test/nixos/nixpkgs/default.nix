arguments: import ./pkgs arguments
