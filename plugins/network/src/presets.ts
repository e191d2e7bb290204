import type { Presets } from 'nixos-nspawn/plugin';
import { bridge } from './bridge.js';
import { delegation } from './delegation.js';
import { expose } from './expose.js';
import { onUplink } from './on-uplink.js';
import { host, none } from './plain.js';
import { fixed } from './static.js';
import { ula } from './ula.js';
import { zone } from './zone.js';

export default ((kit) => [
  ula(kit),
  delegation(kit),
  zone(kit),
  bridge(kit),
  fixed(kit),
  onUplink(
    kit,
    'macvlan',
    'An address in the network of an interface of the host, with a separate hardware address',
  ),
  onUplink(
    kit,
    'ipvlan',
    'An address in the network of an interface of the host, with the same hardware address',
  ),
  host(kit),
  none(kit),
  expose(kit),
]) satisfies Presets;
