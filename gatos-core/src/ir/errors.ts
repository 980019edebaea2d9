/** Faults of IR bundles: what the static check refuses, and how a task ends that does not come to its end. */
import { EXIT, errorArea } from '../kernel/index.js';

/** Where in the operations; the operation by name, or its number where nobody knows it. */
interface At {
  readonly at: number;
  readonly op: string;
}

const place = ({ at, op }: At): string => `operation ${at} (${op})`;

export const irError = errorArea('ir', {
  /** A table of the bundle is larger than anybody needs. */
  'too-many': {
    kind: 'limit',
    message: (d: { what: string; count: number; limit: number }) =>
      `the bundle has ${d.count} ${d.what}, the limit is ${d.limit}`,
  },
  'bad-constant': {
    kind: 'input',
    message: (d: { index: number; why: string }) => `constant ${d.index} ${d.why}`,
  },
  'bad-node': {
    kind: 'input',
    message: (d: { index: number; why: string }) => `node ${d.index} ${d.why}`,
  },
  /** Two entries of a table with one id, or an id that is not that of its entry. */
  'bad-table': {
    kind: 'input',
    message: (d: { table: string; index: number; why: string }) => `entry ${d.index} of the ${d.table} ${d.why}`,
  },
  'unknown-op': {
    kind: 'input',
    message: (d: { at: number; opcode: number }) =>
      `operation ${d.at} has the code 0x${d.opcode.toString(16).padStart(2, '0')}, which no operation has`,
  },
  'unsupported-op': {
    kind: 'unsupported',
    message: (d: At) => `${place(d)} is not supported by this executor`,
    hint: () => '`git gatos ir show` lists what the bundle does',
  },
  unsupported: {
    kind: 'unsupported',
    message: (d: { what: string; why: string }) => `${d.what} is not supported by this executor: ${d.why}`,
  },
  'bad-operands': {
    kind: 'input',
    message: (d: At & { why: string }) => `${place(d)}: ${d.why}`,
  },
  'not-defined': {
    kind: 'input',
    message: (d: At & { register: number }) => `${place(d)} reads r${d.register}, which nothing before it has written`,
  },
  'wrong-type': {
    kind: 'input',
    message: (d: At & { register: number; has: string; wants: string }) =>
      `${place(d)} wants ${d.wants} in r${d.register}, which holds ${d.has}`,
  },
  /** An effect for which no capability was required before it: refused before anything runs. */
  'no-capability': {
    kind: 'denied',
    message: (d: At) => `${place(d)} is an effect, and no REQUIRE_CAP stands before it`,
    hint: () => 'without a capability every effect is denied',
  },
  'no-end': {
    kind: 'input',
    message: (d: { ops: number }) =>
      `none of the ${d.ops} operations is a HALT or a RET, so a task would run off the end`,
  },
  'no-entry': {
    kind: 'input',
    message: (d: { task: string; symbol: string }) =>
      `task ${d.task} starts at symbol ${d.symbol}, which the bundle does not list`,
    hint: () => 'where such a bundle is meant to start with its first operation, say so: `--from-start`',
  },
  'no-task': {
    kind: 'missing',
    message: (d: { task: string; known: readonly string[] }) => `the bundle has no task \`${d.task}\``,
    hint: (d: { known: readonly string[] }) => `it has ${d.known.join(', ')}`,
  },
  'which-task': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { known: readonly string[] }) => `the bundle has ${d.known.length} tasks, and none was named`,
    hint: (d: { known: readonly string[] }) => `name one: ${d.known.join(', ')}`,
  },
  /** A description of a bundle, as people write it. */
  'bad-source': {
    kind: 'input',
    message: (d: { place: string; why: string }) => `\`${d.place}\` is no part of a bundle: ${d.why}`,
    hint: () => '`git gatos ir build --help` has an example',
  },
  /** A budget is used up. Nothing that would have gone beyond it was done. */
  budget: {
    kind: 'limit',
    message: (d: At & { budget: string; limit: string; spent: string }) =>
      `${place(d)} would go beyond the budget \`${d.budget}\` of ${d.limit}: ${d.spent} spent`,
  },
  memory: {
    kind: 'limit',
    message: (d: At & { limit: number }) => `after ${place(d)} the registers would hold more than ${d.limit} bytes`,
  },
  /** Nothing that was required is of the kind that this effect takes. */
  denied: {
    kind: 'denied',
    message: (d: At & { needs: string; held: readonly string[] }) =>
      `${place(d)} needs a capability of the kind ${d.needs}; required before it: ${d.held.join(', ') || 'none'}`,
  },
  /** What the port answered does not go with its receipt. */
  'bad-receipt': {
    kind: 'integrity',
    message: (d: At & { why: string }) => `${place(d)} was answered with a receipt that does not hold: ${d.why}`,
  },
  'bad-value': {
    kind: 'input',
    message: (d: At & { why: string }) => `${place(d)}: ${d.why}`,
  },
  'tool-failed': {
    kind: 'unavailable',
    exit: EXIT.no,
    message: (d: At & { tool: string; status: number; error: string }) =>
      `${place(d)}: tool ${d.tool} answered with status ${d.status}${d.error === '' ? '' : `: ${d.error}`}`,
  },
});
