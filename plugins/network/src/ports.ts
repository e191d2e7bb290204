export interface Forward {
  hostPort: number;
  containerPort: number;
  protocol: 'tcp' | 'udp';
}

/** Parses `8080:80`, `53:53/udp`, `443`, `8000-8010:9000-9010`, like nix/expose.nix; null if the text is invalid. */
export function parseForward(text: string): Forward[] | null {
  const match = /^([1-9]\d*)(?:-([1-9]\d*))?(?::([1-9]\d*)(?:-([1-9]\d*))?)?(?:\/(tcp|udp))?$/.exec(text);
  if (match === null) return null;
  const [, first = '', last = first, containerFirst = first, containerGiven] = match;
  const containerLast = containerGiven ?? (match[3] === undefined ? last : containerFirst);
  const count = Number(last) - Number(first) + 1;
  if (count < 1 || Number(containerLast) - Number(containerFirst) + 1 !== count) return null;
  if (Number(last) > 65_535 || Number(containerLast) > 65_535) return null;
  return Array.from({ length: count }, (_, offset) => ({
    hostPort: Number(first) + offset,
    containerPort: Number(containerFirst) + offset,
    protocol: match[5] === 'udp' ? 'udp' : 'tcp',
  }));
}
