import { expect } from 'chai';
import { evaluate, here, needsNixpkgs, refusal, tree } from './nix.js';

const file = here('fixtures/settings.nix');
const given = (source: string) => ({ text: { nixpkgs: tree ?? '' }, source: { given: source } });

/** Wrong settings as Nix source, and the option that the error must name. */
const nonsense: Record<string, [source: string, option: string]> = {
  'a port of the host above 65535': ['{ forwardPorts = [ { hostPort = 65536; } ]; }', 'hostPort'],
  'port 0': ['{ forwardPorts = [ { hostPort = 0; } ]; }', 'hostPort'],
  'a port of the container that is text': [
    '{ forwardPorts = [ { hostPort = 80; containerPort = "80"; } ]; }',
    'containerPort',
  ],
  'a protocol that nspawn cannot forward': [
    '{ forwardPorts = [ { hostPort = 80; protocol = "sctp"; } ]; }',
    'protocol',
  ],
  'a zone whose interface name would be too long': ['{ zone = "thirteenchars"; }', 'zone'],
  'a zone with a slash': ['{ zone = "a/b"; }', 'zone'],
  'a zone with a line break': ['{ zone = "a\\nBridge=b"; }', 'zone'],
  'a bridge with a space': ['{ bridge = "my bridge"; }', 'bridge'],
  'a bridge that is only a number': ['{ bridge = "12"; }', 'bridge'],
  'a bind mount with a line break': ['{ bindMounts = [ "/a:/b\\nBind=/" ]; }', 'bindMounts'],
  'a bind mount of a relative path': ['{ bindMounts = [ "a:/b" ]; }', 'bindMounts'],
  'a bind mount that leads upwards': ['{ bindMounts = [ "/srv/../etc" ]; }', 'bindMounts'],
  'a bind mount of four parts': ['{ bindMounts = [ "/a:/b:norbind:c" ]; }', 'bindMounts'],
  'a bind mount with a line break, as attributes': [
    '{ bindMounts = [ { hostPath = "/a\\nb"; } ]; }',
    'hostPath',
  ],
  'a bind mount with options of several lines': [
    '{ bindMounts = [ { hostPath = "/a"; options = [ "a\\nb" ]; } ]; }',
    'options',
  ],
  'a bind mount as text with an unknown option': ['{ bindMounts = [ "/a:/b:ro" ]; }', 'bindMounts'],
  'an option of a bind mount that nspawn does not know': [
    '{ bindMounts = [ { hostPath = "/a"; options = [ "ro" ]; } ]; }',
    'options',
  ],
  'a credential with a colon in its name': ['{ credentials = [ { id = "a:b"; path = "/a"; } ]; }', 'id'],
  'a credential with a line break in its path': [
    '{ credentials = [ { id = "a"; path = "/a\\nb"; } ]; }',
    'path',
  ],
  'a capability that does not exist': ['{ capabilities.add = [ "CAP_EVERYTHING" ]; }', 'capabilities.add'],
  'a capability without its prefix': ['{ capabilities.drop = [ "MKNOD" ]; }', 'capabilities.drop'],
  'a variable of two lines': ['{ environment.A = "b\\nBoot=yes"; }', 'environment.A'],
  'a temporary file system at a relative path': ['{ tmpfs = [ "var" ]; }', 'tmpfs'],
  'options of a temporary file system in two lines': ['{ tmpfs = [ "/var:size=1G\\nBind=/" ]; }', 'tmpfs'],
  'a source of resolv.conf that does not exist': ['{ resolvConf = "host"; }', 'resolvConf'],
  'a journal that does not exist': ['{ linkJournal = "yes"; }', 'linkJournal'],
  'user IDs that are not a multiple of 65536': ['{ privateUsers = 600000; }', 'privateUsers'],
  'user IDs of users of the host': ['{ privateUsers = 65536; }', 'privateUsers'],
  'user IDs with an unknown word': ['{ privateUsers = "yes"; }', 'privateUsers'],
  'an interface with a space': ['{ interfaces = [ "eth 1" ]; }', 'interfaces'],
  'an interface with two new names': ['{ interfaces = [ "eth1:a:b" ]; }', 'interfaces'],
  'a long name of an additional link in the container': [
    '{ extraVeths.ve-a.interface = "sixteencharacter"; }',
    'interface',
  ],
  'a relative path of a network namespace': ['{ networkNamespace = "vpn"; }', 'networkNamespace'],
  'a MAC address of a group': ['{ macAddress = "01:00:00:00:00:01"; }', 'macAddress'],
  'a MAC address that is too short': ['{ macAddress = "02:00:00:00:01"; }', 'macAddress'],
  'a device outside of /dev': ['{ devices = [ "/srv/kvm" ]; }', 'devices'],
  'a device that leads upwards': ['{ devices = [ "/dev/../etc" ]; }', 'devices'],
  'a device with a space': ['{ devices = [ "/dev/my disk" ]; }', 'devices'],
  'a device with a pattern for a directory': ['{ devices = [ "/dev/*/card0" ]; }', 'devices'],
  'a device with an expansion of the shell': ['{ devices = [ { path = "/dev/$(reboot)"; } ]; }', 'path'],
  'a class of devices without its kind': ['{ devices = [ { class = "drm"; } ]; }', 'class'],
  'an unknown mode of a device': ['{ devices = [ { path = "/dev/kvm"; mode = "rx"; } ]; }', 'mode'],
  'an empty mode of a device': ['{ devices = [ { path = "/dev/kvm"; mode = ""; } ]; }', 'mode'],
  'a reload script with quotes in its path': ['{ activation.reloadScript = "/a\'b"; }', 'reloadScript'],
  'a reload script without a directory': ['{ activation.reloadScript = "reload"; }', 'reloadScript'],
  'a reload for a changed credential': [
    '{ activation.onCredentialChange = "reload"; }',
    'activation.onCredentialChange',
  ],
  'an unknown strategy': ['{ activation.strategy = "sometimes"; }', 'strategy'],
  'an invalid time': ['{ timeoutStartSec = "soon\\nUser=x"; }', 'timeoutStartSec'],
  'an unknown socket address family': [
    '{ restrictAddressFamilies = [ "AF_INTERNET" ]; }',
    'restrictAddressFamilies',
  ],
  'socket address families as text': ['{ restrictAddressFamilies = "AF_INET"; }', 'restrictAddressFamilies'],
  'system calls of two lines': ['{ systemCallFilter = "@known\\nBoot=yes"; }', 'systemCallFilter'],
  'memory with a word': ['{ resources.memoryMax = "much"; }', 'memoryMax'],
  'a quota that is not a percentage': ['{ resources.cpuQuota = "2"; }', 'cpuQuota'],
  'no memory at all': ['{ resources.memoryMax = "0"; }', 'memoryMax'],
  'no processor at all': ['{ resources.cpuQuota = "0.0%"; }', 'cpuQuota'],
  'no task at all': ['{ resources.tasksMax = "0"; }', 'tasksMax'],
  'a weight of 0': ['{ resources.cpuWeight = 0; }', 'cpuWeight'],
  'a limit that the kernel does not have': ['{ limits.FILES = 1; }', 'limits'],
  'a number of files in a unit': ['{ limits.NOFILE = "65536x"; }', 'NOFILE'],
  'a limit of memory in an unknown unit': ['{ limits.CORE = "1G:2Q"; }', 'CORE'],
  'a limit of two lines': ['{ limits.NOFILE = "1\\n2"; }', 'NOFILE'],
  'a key of [Network] with a line break': [
    '{ nspawnNetwork.MACVLAN = "eth0\\n[Exec]"; }',
    'nspawnNetwork.MACVLAN',
  ],
  'settings of a plugin that JSON cannot represent': [
    '{ plugins.health.units = x: x; }',
    'plugins.health.units',
  ],
  'a container to start after, with a slash': ['{ after = [ "a/b" ]; }', 'after'],
  'a container that must run, with a line break': ['{ requires = [ "db\\nExecStart=" ]; }', 'requires'],
  'two containers in one entry': ['{ wants = [ "db cache" ]; }', 'wants'],
  'a unit whose name contains a specifier': ['{ requires = [ "a%i.service" ]; }', 'requires'],
  'a unit template without an instance': ['{ requires = [ "postgresql@.service" ]; }', 'requires'],
  'an option that does not exist': ['{ bindMount = [ ]; }', 'bindMount'],
};

describe('the options of a container', function () {
  this.timeout(300_000);
  before(needsNixpkgs);

  for (const [what, [source, option]] of Object.entries(nonsense)) {
    it(`refuse ${what}, and name the option`, async () => {
      const said = await refusal(file, given(source));
      expect(said).to.match(
        new RegExp(`option \`nixosContainer\\.[^']*${option.replaceAll('.', '\\.')}[."']`),
      );
    });
  }

  it('accept unusual but valid values unchanged', async () => {
    const settings = await evaluate<Record<string, unknown>>(
      file,
      given(`{
        zone = "a-b.c_d";
        bindMounts = [ "/srv/100%:/a" "/srv/\\\${x} \\"y\\":/b:norbind" { hostPath = "/größe\\\\"; } ];
        timeoutStartSec = "1min 30s";
        limits = { NOFILE = "1024:infinity"; CORE = "1.5G"; CPU = "5min:infinity"; NICE = "-5"; };
        resources = { cpuQuota = "0.5%"; tasksMax = "10%"; };
        plugins.health.text = "a\\nb";
        nspawnNetwork.MACVLAN = [ "eth0" "eth1" ];
      }`),
    );
    expect(settings).to.deep.include({
      zone: 'a-b.c_d',
      timeoutStartSec: '1min 30s',
      limits: { NOFILE: '1024:infinity', CORE: '1.5G', CPU: '5min:infinity', NICE: '-5' },
      plugins: { health: { text: 'a\nb' } },
      nspawnNetwork: { MACVLAN: ['eth0', 'eth1'] },
    });
    expect(settings.resources).to.include({ cpuQuota: '0.5%', tasksMax: '10%' });
    const [percent, quotes, backslash] = settings.bindMounts as [string, string, { hostPath: string }];
    expect([percent, quotes, backslash.hostPath]).to.deep.equal([
      '/srv/100%:/a',
      '/srv/$' + '{x} "y":/b:norbind',
      '/größe\\',
    ]);
  });

  it('copy a script next to the configuration to the store', async () => {
    const { activation } = await evaluate<{ activation: { reloadScript: string } }>(
      file,
      given(`{ activation.reloadScript = ${file}; }`),
    );
    expect(activation.reloadScript).to.match(/^\/nix\/store\/[a-z0-9]{32}-settings\.nix$/);
  });
});
