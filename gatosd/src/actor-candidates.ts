/** What a person may be called when nobody has said it: from git's settings and from the system. */
import { userInfo } from 'node:os';
import type { Environment } from './git-run.js';

const LONGEST_NAME = 48;

interface Known {
  readonly mail: string | undefined;
  readonly name: string | undefined;
  readonly env: Environment;
}

/** Actors by preference; some may not be allowed. */
export function actorCandidates({ mail, name, env }: Known): readonly string[] {
  const names = [mail?.split('@')[0], name, env.USER, systemUserName()];
  return names.map((each) => `user:${plainName(each ?? '')}`);
}

function plainName(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .slice(0, LONGEST_NAME)
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}

function systemUserName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    // A user id without an entry in the password file: containers run like that.
    if (error instanceof Error) return '';
    throw error;
  }
}
