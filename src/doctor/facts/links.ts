import { type ContainerLink, containerLinks } from '../../systemd/container-links.js';
import { fact } from '../look.js';
import { isBooted } from './host.js';
import { missingPrograms } from './programs.js';

/** The host's ends of the containers' network links; none if networkctl cannot be queried. */
export const links = fact(async (look): Promise<readonly ContainerLink[]> => {
  if (!(await look.at(isBooted)) || (await look.at(missingPrograms)).includes('networkctl')) return [];
  return containerLinks({ signal: look.signal });
});
