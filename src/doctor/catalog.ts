export const severities = ['error', 'warning', 'note'] as const;

/**
 * - `error`: containers cannot be made, started or reached.
 * - `warning`: something of them does not work as it should.
 * - `note`: worth knowing, and perhaps as it is meant to be.
 */
export type Severity = (typeof severities)[number];

interface Entry {
  severity: Severity;
  /** Why it matters, a sentence. */
  why: string;
}

const error = (why: string): Entry => ({ severity: 'error', why });
const warning = (why: string): Entry => ({ severity: 'warning', why });
const note = (why: string): Entry => ({ severity: 'note', why });

/** Everything that doctor can find, once each; docs/doctor.md has a section for each. */
export const catalog = {
  'not-root': note('Firewall, credentials and the inside of containers are closed to other users.'),
  'no-systemd': error('Containers are services of systemd.'),
  'old-systemd': error('Its nspawn, networkd and machinectl lack what containers are built with.'),
  'no-cgroup2': error('systemd gives containers their own part of the unified hierarchy, and no other.'),
  'missing-controllers': note(
    'Limits that containers set of these resources are accepted, but limit nothing.',
  ),
  'missing-command': error('The tool is built on it.'),
  'machined-masked': error('machined keeps the list of what runs, with addresses and shells.'),
  'networkd-inactive': error("Without it neither side of a container's link gets an address."),
  'resolved-inactive': warning("Names from outside, LLMNR and what the link's DNS says go through it."),
  'nss-mymachines': warning('Without it the host does not know containers by their names.'),
  'forwarding-off': error('Packets of containers end at the host.'),
  'forwarding-denied': warning('networkd then does not turn it on for containers either.'),
  'nat-missing': warning(
    'Without it, answers from outside do not find the way back to containers, and forwarded ports are dead.',
  ),
  'firewall-input': error('Containers get no address, or no names, if the host does not hear them ask.'),
  'firewall-forward': error('The host drops what containers send to the outside.'),
  'firewall-ports': error('The forwarded ports answer nobody from outside.'),
  'firewall-unseen': note('What a firewall does to containers could not be checked.'),
  'nix-missing': error('Nix builds containers and keeps their generations.'),
  'nix-store': error('Nothing can be built without the store.'),
  'nix-flakes': note("nixos-nspawn enables them for its own commands; other tools' commands fail."),
  'not-writable': error('Containers are put there.'),
  'not-persistent': warning('What lies in memory is lost at the next boot.'),
  'low-space': warning('Builds, downloads and the containers themselves fail when it is full.'),
  clock: warning('Certificates, generations and journals are told apart by the time.'),
  'user-namespaces-off': error('Containers with userNamespacing cannot start.'),
  'low-limit': warning('Beyond it, services in containers fail with "Too many open files" and the like.'),
  'uid-overlap': warning('systemd gives containers user ids of that range: users of both would be the same.'),
  'unfinished-operation': warning('The container is between two states until it is undone or finished.'),
  'files-missing': warning('systemd starts the container without them, or not at all.'),
  'orphaned-profile': warning('It holds its closures in the store, and no container can use it.'),
  'orphaned-file': warning('systemd goes on reading it, and it applies to the next container of that name.'),
  'orphaned-record': warning('The next container of that name would be taken for the old one.'),
  'orphaned-state': note('remove keeps it on purpose; a new container of that name takes it over.'),
  'orphaned-settings': note('They apply to the next container of that name.'),
  'undeleted-tree': warning('It takes space, and holds what was to be deleted.'),
  'ephemeral-copy': warning('It takes disk space, and nothing uses it.'),
  'generation-missing': error('Nothing keeps its closure in the store, and the container cannot start.'),
  'settings-unreadable': warning('The tool does not know what the container needs of the host.'),
  'record-unreadable': warning('It cannot be updated or rolled back, and its source is not known.'),
  'unit-masked': error('systemd does not start a masked service.'),
  'container-failed': error('It does not run, and nothing starts it again.'),
  'stale-machine': error('Its next start fails, for the name is taken ("Machine already exists").'),
  'foreign-owners': error('They belong to nobody in the container, so its services fail.'),
  'running-closure-gone': error(
    'A garbage collection has taken programs that the container runs. It cannot even shut down in order.',
  ),
  'stale-generation': warning('What runs is not what was last built for it.'),
  'generation-kept-back': note('Its strategy is none: it changes at its next restart.'),
  'port-twice': error('Only one of them is reached by it.'),
  'port-dead': error('From outside, nothing answers at that port.'),
  'port-taken': warning("From outside, the container answers instead of the host's own service."),
  'image-in-the-way': error('systemd-nspawn starts it by the name of the container, in its place.'),
  'network-unreadable': error(
    'networkd then takes its defaults: addresses, masquerading and presets are lost.',
  ),
  'bind-source-missing': error('systemd does not start a container whose mount has no source.'),
  'credential-unreadable': error('systemd does not start a container whose credential is not there.'),
  'name-not-resolved': warning(
    "Programs on the host reach something else by the container's name, or nothing.",
  ),
} as const satisfies Record<string, Entry>;

export type FindingId = keyof typeof catalog;
