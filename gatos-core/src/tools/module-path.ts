/** Paths of the files of a tool: relative and plain, the same on every machine. */
import { LIMITS } from '../kernel/index.js';

const COMPONENT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;

/** Why this cannot be the path of a file of a tool, or undefined when it can. */
export function pathFault(path: string): string | undefined {
  const parts = path.split('/');
  // The folder of the declaration that they travel in is one more.
  if (parts.length >= LIMITS.treeFolders) return `is nested deeper than ${LIMITS.treeFolders - 1} folders`;
  const odd = parts.find((part) => !COMPONENT.test(part) || part.endsWith('.') || part.endsWith('.lock'));
  if (odd === undefined) return undefined;
  return `has the component \`${odd.slice(0, 40)}\`; each is letters, digits, \`.\`, \`_\` and \`-\`, and begins with no \`.\``;
}

/** Each once, in the order of their bytes, and none below another. */
export function pathsFault(paths: readonly string[]): string | undefined {
  for (let i = 1; i < paths.length; i++) {
    const [before, here] = [paths[i - 1] as string, paths[i] as string];
    if (before === here) return `names \`${here}\` twice`;
    // ASCII: UTF-16 units and bytes have one order.
    if (before > here) return `has \`${here}\` after \`${before}\`: sort by bytes`;
    const folder = paths.find((path) => here.startsWith(`${path}/`));
    if (folder !== undefined) return `has \`${here}\` below \`${folder}\`, which is a file`;
  }
  return undefined;
}
