import { join } from 'node:path';
import { hostLayout, type LayoutOptions } from '../../host/layout.js';

/** Where changes for other hosts are ordered, and report what they do. Only root can read it. */
export const ordersDirectory = (options: LayoutOptions): string => join(hostLayout(options).runDir, 'remote');

export interface OrderPlaces {
  directory: string;
  /** What is to be done. */
  order: string;
  /** What happens, as lines of JSON. */
  lines: string;
  /** The process that passes the lines on to the caller. */
  follower: string;
  /** The service that carries it out. */
  unit: string;
}

/** @param id hexadecimal digits */
export const orderPlaces = (directory: string, id: string): OrderPlaces => ({
  directory: join(directory, id),
  order: join(directory, id, 'order.json'),
  lines: join(directory, id, 'lines'),
  follower: join(directory, id, 'follower'),
  unit: `nixos-nspawn-remote-${id}.service`,
});
