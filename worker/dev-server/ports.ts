/** Free ports, and what to say about one that is taken. Imports Node only. */
import { connect, createServer } from 'node:net';

/** A port that nobody listens on now. Somebody else may take it before it is used: whoever uses it tries again then. */
export function pickFreePort(ip: string): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, ip, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => done(port));
    });
  });
}

export type PortState =
  { readonly kind: 'free' } | { readonly kind: 'taken' } | { readonly kind: 'forbidden'; readonly reason: string };

/** Whether `ip:port` can be listened on by this process. */
export async function portState(ip: string, port: number): Promise<PortState> {
  // First by connecting: on some systems one may listen on 127.0.0.1 beside somebody who listens on all addresses.
  if (await isListening(dialable(ip), port)) return { kind: 'taken' };
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      done(error.code === 'EADDRINUSE' ? { kind: 'taken' } : { kind: 'forbidden', reason: error.message });
    });
    server.listen(port, ip, () => server.close(() => done({ kind: 'free' })));
  });
}

/** True when something accepts a TCP connection there, within a second. */
export function isListening(ip: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: ip, port, timeout: 1000 });
    const end = (listening: boolean): void => {
      socket.destroy();
      done(listening);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** The address under which a server that listens on `ip` is reached from this machine. */
export function dialable(ip: string): string {
  return ip === '0.0.0.0' ? '127.0.0.1' : ip === '::' ? '::1' : ip;
}

/** `host:port`, with brackets round an IPv6 address. */
export function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
