/**
 * How the host ends the guest: a `Stop` thrown by an import goes straight through the frames of the engine, so no guest code
 * runs on the way, and no `catch` or `finally` of the guest sees it.
 */
export type StopKind =
  /** The gas of the event is used up. */
  | 'gas'
  | 'memory'
  | 'stack'
  /** Some other limit of the engine, such as the length of a text. */
  | 'limit'
  /** The engine did what it must not do. */
  | 'fault'
  /** This machine has not what the guest may have; says nothing about the fold. */
  | 'host'
  | 'aborted';

export class Stop {
  readonly kind: StopKind;
  readonly detail: string;

  constructor(kind: StopKind, detail: string) {
    this.kind = kind;
    this.detail = detail;
  }
}

/** The guest threw out of a call; `text` is what it threw, as text. */
export class GuestError {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What an error thrown through the engine means. Bugs of ours stay what they are. */
export function asStop(error: unknown): unknown {
  if (error instanceof Stop || error instanceof GuestError) return error;
  if (error instanceof WebAssembly.RuntimeError) return new Stop('fault', error.message);
  // The stack of the host ended before that of the guest: RangeError in V8 and JavaScriptCore, InternalError in SpiderMonkey.
  if (error instanceof RangeError || (error instanceof Error && error.name === 'InternalError')) {
    return new Stop('host', 'stack');
  }
  return error;
}
