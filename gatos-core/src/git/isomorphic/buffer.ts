/**
 * isomorphic-git takes Node's global `Buffer` for granted in nearly every operation and fails with a ReferenceError in a browser,
 * where bundlers do not provide one. Where the platform has none, this puts the npm package `buffer` there before isomorphic-git is loaded.
 */
export async function provideBuffer(): Promise<void> {
  const globals = globalThis as { Buffer?: unknown };
  if (globals.Buffer !== undefined) return;
  // The slash asks for the package; without it bundlers and Node would take their own module of that name.
  const { Buffer } = await import('buffer/');
  globals.Buffer = Buffer;
}
