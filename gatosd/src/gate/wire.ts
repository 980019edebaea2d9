/**
 * What a hook and a gate that stays say to each other, version 1. The hook sends one line and what the line announces; the gate answers with
 * one line and text, and hangs up. A client that does not get a whole answer decides by itself.
 *
 * ```
 * gatos-gate 1 <device>:<inode> <bytes> <bytes> LF      of the git directory; lengths of the two parts that follow
 * NAME=value NUL …                                       the environment, as far as it is git's or says who pushes
 * <old> SP <new> SP <ref> LF …                           standard input of the hook
 *
 * gatos-gate 1 (allow|deny) <bytes> LF                   then the lines for whoever pushes
 * ```
 */
import type { Environment } from '../git-run.js';

export interface GateRequest {
  /** Device and inode of the git directory that the hook runs in. */
  readonly place: string;
  readonly env: Environment;
  readonly input: Uint8Array;
}

const HEAD = /^gatos-gate 1 (\d{1,20}:\d{1,20}) (\d{1,9}) (\d{1,9})\n/;
const HEAD_BYTES = 96;
/** Bytes of the environment: what a system passes to a process. */
const MOST_ENV = 4 * 1024 * 1024;

/** Collects a request from what arrives. */
export class RequestReader {
  #bytes: Buffer[] = [];
  #length = 0;
  #head: { place: string; start: number; env: number; input: number } | null = null;

  constructor(private readonly mostInput: number) {}

  /** The request once it is whole, `bad` for something else, null while more is to come. */
  push(chunk: Uint8Array): GateRequest | 'bad' | null {
    this.#bytes.push(Buffer.from(chunk));
    this.#length += chunk.length;
    if (this.#head === null) {
      const head = this.#readHead();
      if (head === null || head === 'bad') return head;
      this.#head = head;
    }
    const { place, start, env, input } = this.#head;
    if (this.#length < start + env + input) return null;
    if (this.#length > start + env + input) return 'bad';
    const all = Buffer.concat(this.#bytes);
    const variables = parseEnvironment(all.subarray(start, start + env));
    return variables === null ? 'bad' : { place, env: variables, input: new Uint8Array(all.subarray(start + env)) };
  }

  #readHead() {
    const first = Buffer.concat(this.#bytes);
    this.#bytes = [first];
    const text = first.subarray(0, HEAD_BYTES).toString('latin1');
    const found = HEAD.exec(text);
    if (found === null) return text.includes('\n') || first.length >= HEAD_BYTES ? 'bad' : null;
    const [line, place = '', env, input] = found;
    const head = { place, start: line.length, env: Number(env), input: Number(input) };
    return head.env > MOST_ENV || head.input > this.mostInput ? 'bad' : head;
  }
}

function parseEnvironment(bytes: Buffer): Environment | null {
  if (bytes.length === 0) return {};
  if (bytes.at(-1) !== 0) return null;
  const env: Record<string, string> = {};
  for (const variable of bytes.subarray(0, -1).toString('utf8').split('\0')) {
    const equals = variable.indexOf('=');
    if (equals <= 0) return null;
    env[variable.slice(0, equals)] = variable.slice(equals + 1);
  }
  return env;
}

export function formatAnswer(verdict: 'allow' | 'deny', lines: readonly string[]): Uint8Array {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  return Buffer.concat([Buffer.from(`gatos-gate 1 ${verdict} ${text.length}\n`), text]);
}
