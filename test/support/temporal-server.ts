/** A Temporal server for tests: the run's shared one, or one of a test's own, that it may kill and restart. */
import { startDevServer, type DevServer } from '../../worker/dev-server';

export interface TestServerOptions {
  /** True: never the shared one, since the test kills or restarts it. Implied by `dbFile`. */
  readonly own?: boolean;
  /** Keeps everything in this file, so that `restart` finds it again. */
  readonly dbFile?: string;
  /** True: with the Web UI (implies a server of its own). */
  readonly ui?: boolean;
}

export class TestServer {
  private constructor(
    /** `host:port`; the same after `restart`. */
    readonly address: string,
    private readonly options: TestServerOptions,
    private server: DevServer | undefined,
  ) {}

  /** The server that HOLDFAST_TEST_SERVER names (see global-setup.ts), else a new one on free ports. */
  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const shared = process.env.HOLDFAST_TEST_SERVER;
    const own = options.own || options.ui || options.dbFile !== undefined;
    if (shared && !own) return new TestServer(shared, options, undefined);
    if (process.env.HOLDFAST_TEST_SERVER_ERROR) throw new Error(process.env.HOLDFAST_TEST_SERVER_ERROR);
    const server = await launch(options, 0, 0);
    return new TestServer(server.address, options, server);
  }

  /** False for the shared server, which a test can neither kill nor restart. */
  get own(): boolean {
    return this.server !== undefined;
  }

  get uiUrl(): string | undefined {
    return this.server?.uiUrl;
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const server = this.mine();
    server.kill();
    await server.exited;
  }

  /** After `kill`: the same ports and, with `dbFile`, the same data. */
  async restart(): Promise<void> {
    const before = this.mine();
    before.kill();
    await before.exited;
    this.server = await launch(this.options, before.port, before.uiPort ?? 0);
  }

  /** Leaves the shared server alone. */
  async stop(): Promise<void> {
    await this.server?.stop();
  }

  private mine(): DevServer {
    if (!this.server)
      throw new Error('This is the shared test server: a test that kills one starts its own with { own: true }.');
    return this.server;
  }
}

function launch(options: TestServerOptions, port: number, uiPort: number): Promise<DevServer> {
  const lines: string[] = [];
  return startDevServer({
    port,
    uiPort,
    headless: !options.ui,
    dbFile: options.dbFile,
    dieWithParent: true,
    log: (line) => lines.push(line),
  }).catch((error: unknown) => {
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}${lines.length > 0 ? ` [${lines.join('; ')}]` : ''}`,
    );
  });
}
