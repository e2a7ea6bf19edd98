/** The dev server's two ports: what was asked for, checked, and free ones where none was named. */
import { dialable, hostPort, pickFreePort, portState } from './ports';
import { answersAsTemporal } from './wait-until-ready';

export interface PortWishes {
  /** 0: any that is free. */
  readonly port: number;
  /** 0: any that is free. Absent: no Web UI. */
  readonly uiPort?: number;
}

export interface AskedPorts {
  readonly port?: number;
  readonly uiPort?: number;
  readonly headless?: boolean;
}

/** The CLI's own default, where every Temporal client looks. */
const DEFAULT_PORT = 7233;
/** From the gRPC port to the Web UI's, as the CLI has it (7233, 8233). */
const UI_DISTANCE = 1000;

/**
 * Applies the defaults and refuses ports that cannot be had.
 * @throws RangeError for what is no port; Error that names the port that is taken, by what, and says what to do.
 */
export async function portWishes(ip: string, asked: AskedPorts): Promise<PortWishes> {
  const port = checked('port', asked.port ?? DEFAULT_PORT);
  const uiPort = checked('uiPort', asked.uiPort ?? uiPortBeside(port));
  if (asked.headless) {
    await refuseTaken(ip, 'port', port);
    return { port };
  }
  if (port !== 0 && port === uiPort) {
    throw new RangeError(`port and uiPort are both ${port}: the Web UI needs a port of its own.`);
  }
  await refuseTaken(ip, 'port', port);
  await refuseTaken(ip, 'uiPort', uiPort);
  return { port, uiPort };
}

/** Numbers for the wishes that are 0; others at each call. */
export async function pickPorts(ip: string, wishes: PortWishes): Promise<PortWishes> {
  const port = wishes.port || (await pickFreePort(ip));
  if (wishes.uiPort === undefined) return { port };
  return { port, uiPort: wishes.uiPort || (await pickFreePort(ip)) };
}

function checked(name: 'port' | 'uiPort', port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new RangeError(`${name} must be a whole number from 0 (pick a free one) to 65535, got ${port}`);
}

function uiPortBeside(port: number): number {
  return port === 0 || port + UI_DISTANCE > 65_535 ? 0 : port + UI_DISTANCE;
}

async function refuseTaken(ip: string, name: 'port' | 'uiPort', port: number): Promise<void> {
  if (port === 0) return;
  const state = await portState(ip, port);
  if (state.kind === 'free') return;
  const what = `Port ${port} (${name === 'port' ? 'gRPC' : 'Web UI'})`;
  if (state.kind === 'forbidden') {
    throw new Error(`${what} cannot be used on ${ip}: ${state.reason}; choose another ${name}.`);
  }
  const address = hostPort(dialable(ip), port);
  throw new Error(
    name === 'port' && (await answersAsTemporal(address))
      ? `${what} is taken by a Temporal server: use that one with TEMPORAL_ADDRESS=${address}, stop it, or choose another port.`
      : `${what} is taken by another program: stop what listens on ${address}, or choose another ${name}.`,
  );
}
