/** A broken invariant is a bug of ours, never a matter of input: it is not a GatosError and nobody catches it to go on. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

export function invariant(condition: unknown, what: string): asserts condition {
  if (!condition) throw new InvariantError(`invariant broken: ${what}`);
}
