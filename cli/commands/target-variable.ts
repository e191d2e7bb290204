/** The environment variable for --target-host. */
export const TARGET_VARIABLE = 'NIXOS_NSPAWN_TARGET_HOST';
