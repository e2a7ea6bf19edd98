/** A TCP link that a test can cut: everything between a worker and one address goes through it. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface NetworkLink {
  readonly port: number;
  /** Bytes are taken and not passed on, in either direction, new connections included: what a firewall that drops packets does. */
  blackHole(): void;
  /** What was held back goes on. */
  heal(): void;
  close(): Promise<void>;
}

export async function openLink(host: string, port: number): Promise<NetworkLink> {
  const sockets = new Set<Socket>();
  let holed = false;
  const join = (from: Socket, to: Socket) => {
    from.on('data', (bytes) => {
      if (to.writable) to.write(bytes);
    });
    from.on('close', () => to.destroy());
    from.on('error', () => to.destroy());
    if (holed) from.pause();
    sockets.add(from);
    from.once('close', () => sockets.delete(from));
  };
  const server = createServer((near) => {
    const far = connect(port, host);
    join(near, far);
    join(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    blackHole: () => {
      holed = true;
      for (const socket of sockets) socket.pause();
    },
    heal: () => {
      holed = false;
      for (const socket of sockets) socket.resume();
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The same address, reached through the link. */
export function viaLink(url: string, link: NetworkLink): string {
  const via = new URL(url);
  via.hostname = '127.0.0.1';
  via.port = String(link.port);
  return via.href.replace(/\/$/, '');
}
