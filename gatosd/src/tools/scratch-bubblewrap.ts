/** For tests: does bubblewrap work on this machine? */
import { locate, probeBubblewrap } from '../runners/index.js';

export async function bubblewrapWorks(): Promise<boolean> {
  const found = await locate('bwrap', { path: process.env.PATH ?? '', env: {}, cwd: '/' });
  return (await probeBubblewrap(found?.real ?? null)).found !== null;
}
