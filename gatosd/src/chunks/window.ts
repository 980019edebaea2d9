/**
 * Work that is under way at once, up to a number. A failure ends it: nothing new is begun, and what is under way is waited for. Of several
 * failures that of the work which was begun first is told, whichever came first.
 */
export class Window {
  readonly #width: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown; readonly turn: number } | undefined;
  #turns = 0;

  constructor(width: number) {
    this.#width = width;
  }

  /** Begins the work when there is room. Throws the failure of earlier work instead of beginning. */
  async add(begin: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#width) await Promise.race(this.#running);
    if (this.#failure !== undefined) await this.finish();
    const turn = this.#turns++;
    const work: Promise<void> = begin()
      .catch((error: unknown) => {
        if (this.#failure === undefined || turn < this.#failure.turn) this.#failure = { error, turn };
      })
      .finally(() => {
        this.#running.delete(work);
      });
    this.#running.add(work);
  }

  /** Waits for all of it. Throws the first failure. */
  async finish(): Promise<void> {
    await this.settle();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits for all of it, failed or not. */
  async settle(): Promise<void> {
    while (this.#running.size > 0) await Promise.race(this.#running);
  }
}
