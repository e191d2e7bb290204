/** The range of user ids that systemd-nspawn picks for containers (systemd.io/UIDS-GIDS, "Container UID Ranges"). */
export const CONTAINER_IDS = { from: 524_288, to: 1_879_048_191 } as const;
