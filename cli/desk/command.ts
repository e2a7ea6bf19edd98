/** `holdfast desk`: a page for people who decide and step in, until Ctrl-C or SIGTERM. */
import pc from 'picocolors';
import { withClient, type ConnectionFlags } from '../connection-flags';
import { writeLine, type Io } from '../io';
import { ClientSource } from './client-source';
import { serveDesk } from './serve';
import { readDeskSettings, type DeskAuth, type DeskFlags } from './settings';
import { readSigningKeys } from './signing-keys';

export async function desk(flags: ConnectionFlags & DeskFlags, io: Io): Promise<number> {
  // Before anything is connected to: what is wrong with the flags is said at once.
  const settings = readDeskSettings(flags, io.env);
  const keys = readSigningKeys(settings.signingKeys);
  return withClient(flags, async (client) => {
    const running = await serveDesk(settings, new ClientSource(client, keys, settings.tenant));
    try {
      const { dim, underline } = pc.createColors(io.colour);
      const row = (name: string, value: string): void => writeLine(io.stdout, `  ${dim(name.padEnd(10))} ${value}`);
      row('desk', underline(running.url));
      row(
        'sessions',
        `${client.namespace} at ${client.address}${settings.tenant === undefined ? '' : `, tenant ${settings.tenant}`}`,
      );
      row('people', peopleInWords(settings.auth));
      if (keys.names.length > 0) row('keys', keys.names.join(', '));
      row('stop', 'Ctrl-C');
      await asked(io);
      return 0;
    } finally {
      await running.stop();
    }
  });
}

function peopleInWords(auth: DeskAuth): string {
  switch (auth.kind) {
    case 'os_user':
      return `${auth.name}, whoever uses this machine`;
    case 'proxy':
      return `as the reverse proxy says (${auth.userHeader})`;
    case 'tokens':
      return `${auth.people.length} with tokens`;
  }
}

/** Ctrl-C and SIGTERM ask for an orderly end. */
function asked(io: Io): Promise<void> {
  return new Promise((resolve) => {
    const stopListening = io.onInterrupt(done);
    process.on('SIGTERM', done);
    function done(): void {
      stopListening();
      process.off('SIGTERM', done);
      resolve();
    }
  });
}
