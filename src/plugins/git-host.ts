/** Milliseconds within which a host must answer. */
const LIMIT = 4000;
const PORTS: Readonly<Record<string, number>> = { 'git+http:': 80, 'git+https:': 443, 'git:': 9418 };
const PROXIES = ['http_proxy', 'https_proxy', 'all_proxy'];

/**
 * Why git cannot reach the host of an address. Null if it can, if the address uses none of git's own protocols, or if
 * there is a proxy. git itself has no connection timeout and waits for minutes.
 */
export async function whyNoGitHost(spec: string, signal: AbortSignal): Promise<string | null> {
  if (!URL.canParse(spec)) return null;
  const { protocol, hostname, port } = new URL(spec);
  const usual = PORTS[protocol];
  const isBehindProxy = PROXIES.some((name) => process.env[name] || process.env[name.toUpperCase()]);
  if (usual === undefined || isBehindProxy) return null;
  const { connect } = await import('node:net');
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? usual : Number(port),
  });
  const code = await new Promise<string | null>((resolve) => {
    socket.setTimeout(LIMIT, () => resolve('ETIMEDOUT'));
    socket.once('connect', () => resolve(null));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  socket.destroy();
  return code === null ? null : `${new URL(spec).host} cannot be reached (${code})`;
}
