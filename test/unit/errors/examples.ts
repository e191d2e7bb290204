import { asNspawnError, type NspawnError } from '../../../src/errors/nspawn-error.js';
import type * as catalog from './catalog.js';

type Catalog = typeof catalog;
/** The functions of the catalog that create an error. */
type ErrorMaker = {
  [Name in keyof Catalog]: Catalog[Name] extends (...args: never[]) => NspawnError ? Name : never;
}[keyof Catalog];

/** An error from each function of the catalog, in each wording. A new function without an example does not compile. */
export function errorExamples(errors: Catalog): Readonly<Record<ErrorMaker, readonly NspawnError[]>> {
  const failure = {
    argv: ['nix', 'build', '--out-link', '/run/nixos-nspawn/roots/web/result'],
    exitCode: 1,
    signal: null,
    stderr: "error: attribute 'services.ngnix' does not exist",
  };
  const commandFailed = errors.commandFailed(failure);
  const nixFailed = (reason: string, isInGit = false) =>
    errors.nixFailed(commandFailed, { subcommand: 'build', reason, stderr: `error: ${reason}`, isInGit });
  const startFailed = errors.commandFailed({
    argv: ['systemctl', 'start', 'systemd-nspawn@web.service'],
    exitCode: 1,
    signal: null,
    stderr: 'Job for systemd-nspawn@web.service failed.',
  });
  return {
    invalidName: [
      errors.invalidName('../web', 'it contains a character other than letters, digits, "-" and "."'),
    ],
    usage: [errors.usage("Unexpected argument: 'mail'.", ["See 'nixos-nspawn list --help'."])],
    invalidAge: [errors.invalidAge('14 days')],
    invalidSystem: [errors.invalidSystem('x86')],
    invalidSignal: [errors.invalidSignal('STOPP')],
    invalidJobs: [errors.invalidJobs(0)],
    invalidVariable: [errors.invalidVariable('=value')],
    invalidGeneration: [errors.invalidGeneration('newest', 'web')],
    unknownField: [errors.unknownField('nme', 'name', ['name', 'state'])],
    emptyFlag: [errors.emptyFlag('flake')],
    noContainerNamed: [errors.noContainerNamed()],
    namesWithAll: [errors.namesWithAll()],
    jobsWithoutAll: [errors.jobsWithoutAll()],
    noCommandGiven: [errors.noCommandGiven()],
    noTerminal: [errors.noTerminal()],
    noPruneRule: [errors.noPruneRule()],
    keepsNone: [errors.keepsNone(0)],
    surplusArgument: [errors.surplusArgument('list', 'web', 'nixos-nspawn')],
    unknownCommand: [
      errors.unknownCommand('lst', 'list', 'nixos-nspawn'),
      errors.unknownCommand('frobnicate', null, 'nixos-nspawn'),
    ],
    noCommandAfter: [errors.noCommandAfter('--json', 'nixos-nspawn')],
    optionBeforeCommand: [errors.optionBeforeCommand('--flake', 'create', 'nixos-nspawn')],
    unknownOption: [
      errors.unknownOption('--flke', '--flake', 'nixos-nspawn'),
      errors.unknownOption('--frobnicate', null, 'nixos-nspawn'),
    ],
    noSource: [errors.noSource()],
    noSuchContainer: [errors.noSuchContainer('web'), errors.noSuchContainer('wbe', 'web')],
    sourceElsewhere: [errors.sourceElsewhere('web', '.#web', 'laptop')],
    targetCannot: [errors.targetCannot('--all')],
    remoteChangeEnded: [errors.remoteChangeEnded('web')],
    presetElsewhere: [
      errors.presetElsewhere('/var/lib/nixos-nspawn/plugins/node_modules/metrics/metrics.nix'),
    ],
    errorOfTarget: [
      errors.errorOfTarget({
        code: 'no-such-container',
        message: "Container 'web' does not exist.",
        exit_code: 2,
        next_steps: ["'nixos-nspawn list' lists the containers of this host."],
      }),
    ],
    badTarget: [errors.badTarget('web:22')],
    notRemote: [errors.notRemote('copy')],
    sudoWithoutTarget: [errors.sudoWithoutTarget()],
    remoteUnreachable: [
      errors.remoteUnreachable('root@web1', 'ssh: connect to host web1 port 22: No route to host'),
    ],
    remoteLost: [errors.remoteLost('root@web1', 'Timeout, server web1 not responding.')],
    remoteWithoutShell: [errors.remoteWithoutShell('root@web1', 1, 'This account is not available.')],
    remoteToolMissing: [errors.remoteToolMissing('root@web1')],
    remoteOtherVersion: [errors.remoteOtherVersion('2', 1, '0.1.0')],
    remoteSudoRefused: [errors.remoteSudoRefused('ann@web1')],
    badCopyPlace: [errors.badCopyPlace('web:')],
    copyWithoutContainer: [errors.copyWithoutContainer()],
    copyMixesOutput: [errors.copyMixesOutput()],
    notCopied: [
      errors.notCopied('web:/etc/hosts', 'does not exist'),
      errors.notCopied('web:/tmp/x', 'is in /tmp, which only a running container has', [
        'Start the container first.',
      ]),
    ],
    notEditable: [errors.notEditable('web', 'github:example/web', 'is not a directory of this host')],
    editNeedsTerminal: [errors.editNeedsTerminal()],
    noEditor: [errors.noEditor()],
    oldNameInvalid: [
      errors.oldNameInvalid(
        'a_b',
        errors.invalidName('a_b', 'systemd does not allow "_" in the name of a machine'),
      ),
    ],
    alreadyOurs: [errors.alreadyOurs('web', false), errors.alreadyOurs('web', true)],
    declaredOld: [errors.declaredOld('web', '/etc/nixos-containers/web.conf')],
    notTranslated: [
      errors.notTranslated('web', ['--drop-capability=CAP_SYS_CHROOT has no option of nixos-nspawn.']),
    ],
    noOldConfiguration: [
      errors.noOldConfiguration('web', null, '/var/lib/nixos-containers/web/etc/nixos/configuration.nix'),
      errors.noOldConfiguration(
        'web',
        'git+https://example.org/web',
        '/var/lib/nixos-containers/web/etc/nixos/configuration.nix',
      ),
    ],
    migrationUnfinished: [errors.migrationUnfinished('web', 'remove')],
    noMigration: [errors.noMigration('web')],
    oldContainerGone: [errors.oldContainerGone('web', '/etc/nixos-containers/web.conf')],
    migrationNotReady: [errors.migrationNotReady('web')],
    migrationUnreadable: [
      errors.migrationUnreadable(
        '/var/lib/nixos-nspawn/migrations/web.json',
        'is not the record of a migration',
      ),
    ],
    stateNotMovable: [errors.stateNotMovable('/var/lib/nixos-containers/web/srv', 'is a mount point')],
    copyDiffers: [errors.copyDiffers('/var/lib/nixos-containers/web/srv/data', 'size')],
    oldNotBlocked: [errors.oldNotBlocked('web', 'container@web.service', 'active')],
    migrateNeedsName: [errors.migrateNeedsName()],
    noOldContainer: [errors.noOldContainer('web', null), errors.noOldContainer('wbe', 'web')],
    running: [errors.running('web', 'rename')],
    sameName: [errors.sameName('web')],
    notConfirmed: [errors.notConfirmed('web', 'removed'), errors.notConfirmed('web', 'reset')],
    orderCycle: [
      errors.orderCycle(['web', 'db', 'web']),
      errors.orderCycle(['web', 'db', 'cache', 'web']),
      errors.orderCycle(['web', 'machines.target', 'web']),
    ],
    requiredUnitMissing: [
      errors.requiredUnitMissing('web', 'postgresql.service', 'not-found'),
      errors.requiredUnitMissing('web', 'postgresql.service', 'masked'),
    ],
    requirementMissing: [errors.requirementMissing('web', 'db')],
    requirementNotRunning: [
      errors.requirementNotRunning('web', 'db'),
      errors.requirementNotRunning('web', 'db', "Container 'db' did not start."),
    ],
    neededByOthers: [
      errors.neededByOthers('db', ['web']),
      errors.neededByOthers('db', ['web', 'mail'], 'kill'),
    ],
    noStoredSource: [errors.noStoredSource('web'), errors.noStoredSource('web', '.#web')],
    outputLost: [
      errors.outputLost(
        Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
      ),
    ],
    directoryMissing: [errors.directoryMissing('/srv/web', "the flake reference '.' is relative to it")],
    noWorkingDirectory: [errors.noWorkingDirectory(false), errors.noWorkingDirectory(true)],
    notRunning: [errors.notRunning('web')],
    unregistered: [errors.unregistered('web')],
    cutOff: [errors.cutOff('web')],
    cannotRun: [
      errors.cannotRun('web', "the container has no command 'psql'", true),
      errors.cannotRun('web', "the container has no user 'postgres'", false),
    ],
    incomplete: [
      errors.incomplete('web', 'it has no profile', false),
      errors.incomplete('web', 'it has no unit file', true),
    ],
    noJournal: [errors.noJournal('web', '/var/lib/machines/web/var/log/journal')],
    noGeneration: [
      errors.noGeneration('web', 'previous', [1]),
      errors.noGeneration('web', 'current', []),
      errors.noGeneration('web', 7, [1, 2, 4]),
    ],
    exists: [errors.exists('web', '/etc/systemd/nspawn/web.nspawn')],
    machineRuns: [errors.machineRuns('web')],
    leftovers: [errors.leftovers('web', ['/nix/var/nix/profiles/per-nspawn/web'])],
    foreignUnit: [errors.foreignUnit('web', '/etc/systemd/nspawn/web.nspawn')],
    declarative: [errors.declarative('web')],
    locked: [
      errors.locked('web', { pid: 4711, operation: 'update' }),
      errors.locked('web', { pid: null, operation: null }),
    ],
    hostUnfit: [
      errors.hostUnfit(
        'not-writable',
        {
          what: '/etc/systemd/nspawn is not writable (EROFS).',
          why: 'nixos-nspawn stores files of containers there.',
        },
        ['Mount its file system read-write.'],
      ),
    ],
    notFixed: [
      errors.notFixed('port-dead', 'The packet filter does not forward TCP port 8080 (IPv4) to web.'),
    ],
    commandMissing: [errors.commandMissing('nix')],
    commandFailed: [
      commandFailed,
      errors.commandFailed({ ...failure, exitCode: null, signal: 'SIGKILL' }),
      errors.commandFailed({ ...failure, exitCode: null, timedOut: true }),
      errors.commandFailed({ ...failure, exitCode: null, reason: 'spawn EAGAIN' }),
    ],
    commandTooLong: [errors.commandTooLong(['nix', 'build', 'x'.repeat(200_000)], { PATH: '/bin' })],
    parametersTooLarge: [
      errors.parametersTooLarge("The parameters of preset 'owner'", 5_000_000, 128 * 1024 - 1),
    ],
    nixFailed: [
      nixFailed("attribute 'services.ngnix' does not exist"),
      nixFailed("opening Git repository: repository path '/home/joe/web' is not owned by current user"),
      nixFailed("path '/nix/store/a8fd603nxrc35j3ka31sv56a8h02dmfi-source/web.nix' does not exist", true),
      nixFailed("path '/nix/store/a8fd603nxrc35j3ka31sv56a8h02dmfi-source/web.nix' does not exist"),
      nixFailed('could not find a flake.nix file'),
    ],
    nixFailedInDefaults: [
      errors.nixFailedInDefaults(nixFailed("undefined variable 'lib'"), '/etc/nixos-nspawn/defaults.nix'),
    ],
    interrupted: [
      errors.interrupted('SIGINT'),
      errors.interrupted(new Error('the client disconnected')),
      errors.interrupted({ user: 7 }),
    ],
    badProfile: [errors.badProfile('/nix/store/…-web', ['init', 'nixos-nspawn/data.json'])],
    badSettings: [
      errors.badSettings('/nix/store/…-web/nixos-nspawn/data.json', ['forwardPorts.0.hostPort: Too big']),
    ],
    badFlakeReference: [errors.badFlakeReference('.#a#b', 'it contains more than one "#"')],
    noFlakeContainer: [
      errors.noFlakeContainer('.', 'wev', 'x86_64-linux', ['db', 'web']),
      errors.noFlakeContainer(
        '.',
        'other',
        'x86_64-linux',
        Array.from({ length: 30 }, (_, index) => `web-${index}`),
      ),
      errors.noFlakeContainer('.', 'web', 'x86_64-linux', []),
    ],
    noNixpkgs: [errors.noNixpkgs()],
    defaultsUnreadable: [errors.defaultsUnreadable('/etc/nixos-nspawn/defaults.nix', 'it is a directory')],
    unreadableFile: [errors.unreadableFile('/srv/web.nix', 'The configuration')],
    pathInTheWay: [errors.pathInTheWay('/etc/systemd/network/20-ve-web.network')],
    imageInTheWay: [errors.imageInTheWay('web', '/run/machines/web')],
    bindSourceMissing: [
      errors.bindSourceMissing('web', { path: '/srv/media', why: 'does not exist' }),
      errors.bindSourceMissing('web', {
        path: '/mnt/nas/media',
        why: 'does not exist: /mnt/nas is not mounted',
      }),
    ],
    deviceMissing: [
      errors.deviceMissing('web', { path: '/dev/kvm', why: 'does not exist on the host' }),
      errors.deviceMissing('web', { path: '/dev/dri/renderD*', why: 'matches no device of the host' }),
    ],
    deviceNotAllowed: [
      errors.deviceNotAllowed('web', { path: '/dev/kvm', entry: '"/dev/kvm"' }),
      errors.deviceNotAllowed('web', {
        path: '/dev/dri',
        entry: '{ path = "/dev/dri"; class = "char-drm"; }',
      }),
    ],
    stateOutside: [
      errors.stateOutside('/var/lib/machines/web'),
      errors.stateOutside('/var/lib/machines/web/srv', 'is a mount point'),
    ],
    stateNotDeleted: [
      errors.stateNotDeleted(
        '/var/lib/machines/.web.removed-a-b',
        { path: '/var/lib/machines/.web.removed-a-b/data/log', code: 'EPERM' },
        { count: 1, needsChattr: true },
      ),
      errors.stateNotDeleted(
        '/var/lib/machines/.web.removed-a-b',
        { path: '/var/lib/machines/.web.removed-a-b/data/log', code: 'EROFS' },
        { count: 3, needsChattr: false },
      ),
    ],
    notStarted: [errors.notStarted('web', startFailed, 'web systemd[1]: Failed to start nginx.')],
    hostPreventedStart: [
      errors.hostPreventedStart('web', startFailed, '', "the unit 'systemd-nspawn@web.service' is masked"),
    ],
    activationPrevented: [true, false].map((kept) =>
      errors.activationPrevented(
        'web',
        errors.hostPreventedStart('web', startFailed, '', "the unit 'systemd-nspawn@web.service' is masked"),
        kept,
      ),
    ),
    notReloaded: [
      errors.notReloaded('web', startFailed, 'switching to system configuration', null),
      errors.notReloaded('web', startFailed, '', 'its switch-to-configuration could not be executed'),
    ],
    unitsFailed: [
      errors.unitsFailed('web', ['nginx.service'], '× nginx.service'),
      errors.unitsFailed('web', ['nginx.service', 'db.service'], ''),
    ],
    cannotReload: [
      errors.cannotReload('web', [
        "with 'sharedNix = false', its store contains the new configuration only after a restart",
        'NixOS cannot switch dbus-implementation in a running system',
      ]),
    ],
    activationFailed: [
      errors.activationFailed('web', startFailed, 3),
      errors.activationFailed('web', startFailed, null),
    ],
    notRestored: [errors.notRestored('web', startFailed, [errors.commandMissing('systemctl')])],
    badJournal: [
      errors.badJournal('/var/lib/nixos-nspawn/journal/web.jsonl', 3, null),
      errors.badJournal('/var/lib/nixos-nspawn/journal/web.jsonl', 3, '/root'),
    ],
    journalUnreadable: [
      errors.journalUnreadable('/var/lib/nixos-nspawn/journal/web.jsonl', 'is a directory', undefined),
    ],
    recordUnreadable: [
      errors.recordUnreadable('/var/lib/nixos-nspawn/containers/web.json', 'is not valid JSON'),
    ],
    newerFormat: [errors.newerFormat('/var/lib/nixos-nspawn/containers/web.json', 2, 1)],
    needsRoot: [errors.needsRoot("Running a command in container 'web'")],
    notRegistered: [errors.notRegistered('web')],
    notStopped: [errors.notStopped('web', 90)],
    ownersNotReturned: [
      errors.ownersNotReturned('web', '/var/lib/machines/web', 'Directory has no OS tree.\n'),
    ],
    badPresetText: [errors.badPresetText('ula:prefix', "'prefix' has no value")],
    unknownPreset: [
      errors.unknownPreset('ulla', 'ula', ['expose', 'ula', 'zone']),
      errors.unknownPreset('ula', null, []),
    ],
    ambiguousPreset: [errors.ambiguousPreset('ula', ['network/ula', 'mine/ula'])],
    badPresetParameters: [
      errors.badPresetParameters(
        'ula',
        ['prefix: must be a /64 within fc00::/7 that ends with "::/64"'],
        ["'nixos-nspawn presets show ula' explains its parameters."],
      ),
    ],
    presetsNeedSource: [errors.presetsNeedSource(['ula', 'expose'])],
    hostFileShared: [errors.hostFileShared('/etc/systemd/network/20-vz-lan.network', ['web', 'db'])],
    pluginRefused: [
      errors.pluginRefused('policy', 'at after-build', 'port 22 is not for containers.', [
        'Forward another port.',
      ]),
    ],
    pluginFailed: [errors.pluginFailed('health', 'at after-activate', 'cannot read properties of null')],
    pluginTimedOut: [errors.pluginTimedOut('health', 'at after-activate', 60)],
    pluginExited: [
      errors.pluginExited('health', 'at after-activate', 3),
      errors.pluginExited('health', 'at after-activate', null, 'SIGSEGV'),
    ],
    pluginsPlaceUntrusted: [
      errors.pluginsPlaceUntrusted(
        '/var/lib/nixos-nspawn/plugins',
        '/var/lib/nixos-nspawn/plugins is writable by other users',
      ),
    ],
    pluginsLocked: [errors.pluginsLocked({ pid: 4711, operation: 'plugins install' })],
    badPluginSource: [errors.badPluginSource('--force'), errors.badPluginSource('Policy!')],
    unknownPlugin: [
      errors.unknownPlugin('heatlh', 'health', ['health', 'network']),
      errors.unknownPlugin('policy', null, []),
    ],
    bundledPlugin: [errors.bundledPlugin('network')],
    pluginNotFetched: [
      errors.pluginNotFetched(
        'nosuch@latest',
        errors.commandFailed({
          argv: ['npm', 'install', 'nosuch@latest'],
          exitCode: 1,
          signal: null,
          stderr: 'npm error code E404\n',
        }),
      ),
      errors.pluginNotFetched('policy@latest', commandFailed, {
        why: 'registry.example.org cannot be reached (ENOTFOUND)',
        nextSteps: ['Check the network of this host.'],
      }),
    ],
    pluginUnusable: [
      errors.pluginUnusable(
        'policy',
        'it was written for contract 2, but this version of nixos-nspawn supports contract 1',
      ),
    ],
    pluginCommandUnusable: [
      errors.pluginCommandUnusable('policy', 'policy:show', '/srv/policy/show.js is writable by other users'),
    ],
    pluginNonsense: [errors.pluginNonsense('health', 'at after-build', 'it returned a number')],
    runningUnknown: [errors.runningUnknown('web')],
    noRunningGeneration: [errors.noRunningGeneration('web')],
    autostartOfNixOS: [errors.autostartOfNixOS()],
    unstableCommand: [errors.unstableCommand('/nix/store/…-nixos-nspawn/bin/nixos-nspawn')],
  };
}

/** Errors of Node.js that are turned into an NspawnError. */
export function adoptedExamples(): readonly NspawnError[] {
  const denied = Object.assign(
    new Error("EACCES: permission denied, open '/etc/systemd/nspawn/web.nspawn'"),
    {
      code: 'EACCES',
      syscall: 'open',
      path: '/etc/systemd/nspawn/web.nspawn',
    },
  );
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    syscall: 'write',
    path: '/run/nixos-nspawn/locks/web',
  });
  const long = Object.assign(new Error('ENAMETOOLONG'), {
    code: 'ENAMETOOLONG',
    syscall: 'realpath',
    path: `/srv/${'a'.repeat(300)}`,
  });
  const circle = Object.assign(new Error('ELOOP'), {
    code: 'ELOOP',
    syscall: 'realpath',
    path: '/srv/result',
  });
  return [
    ...[denied, full, long, circle].map(asNspawnError),
    asNspawnError(new TypeError('x is not a function')),
  ];
}
