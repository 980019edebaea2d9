/** What kind of machine this is, as far as it makes a difference to a program: without names, and without what every update changes. */
import { readFileSync } from 'node:fs';
import { type Environment, LIMITS } from 'gatos-core';
import { fitting } from './tools.js';

/** Such as `linux debian-12` and `x64`. */
export function describeMachine(): Pick<Environment, 'os' | 'arch'> {
  const { id, version } = release();
  const distribution = [id, version].filter((part) => part !== undefined).join('-');
  return { os: fitting(`${process.platform} ${distribution}`, LIMITS.jobFactBytes), arch: process.arch };
}

/** os-release(5). */
function release(): { readonly id?: string | undefined; readonly version?: string | undefined } {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    const read = (name: string): string | undefined => new RegExp(`^${name}="?([^"\\n]+)"?$`, 'm').exec(text)?.[1];
    return { id: read('ID'), version: read('VERSION_ID') };
  } catch {
    // Not such a system.
    return {};
  }
}
