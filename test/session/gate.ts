/** A door in the way of a tool or a model: whoever comes waits until the test opens it. */
import { within, PATIENCE_MS } from './stage';

export class Gate {
  readonly #opened: Promise<void>;
  readonly #reached: Promise<void>;
  #open: () => void = () => undefined;
  #reach: () => void = () => undefined;

  constructor() {
    this.#opened = new Promise((resolve) => (this.#open = resolve));
    this.#reached = new Promise((resolve) => (this.#reach = resolve));
  }

  /** Waits here until the gate is open. */
  pass(): Promise<void> {
    this.#reach();
    return this.#opened;
  }

  open(): void {
    this.#open();
  }

  /** Resolves when somebody waits, or has passed. */
  reached(): Promise<void> {
    return within(PATIENCE_MS, 'somebody to come to the gate', this.#reached);
  }
}
