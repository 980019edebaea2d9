/** Faults of MYTHOS objects. */
import { errorArea } from '../kernel/index.js';

const at = (path: string): string => (path === '' ? '' : ` at \`${path}\``);

export const mythosError = errorArea('mythos', {
  /** The bytes are no such struct. */
  malformed: {
    kind: 'input',
    message: (d: { struct: string; path: string; offset?: number | undefined; why: string }) =>
      `this is no ${d.struct}${at(d.path)}${d.offset === undefined ? '' : `, byte ${d.offset}`}: ${d.why}`,
  },
  /** A JavaScript object that no such struct can hold. */
  unencodable: {
    kind: 'input',
    message: (d: { struct: string; path: string; why: string }) =>
      `this cannot be written as ${d.struct}${at(d.path)}: ${d.why}`,
  },
  /** The id in an object is not that of its bytes. */
  'wrong-id': {
    kind: 'integrity',
    message: (d: { struct: string; field: string; stated: string; computed: string }) =>
      `the ${d.field} of this ${d.struct} is ${d.stated}, but its content has ${d.computed}`,
  },
  /** The signature does not hold for the id and this key. */
  'wrong-signature': {
    kind: 'integrity',
    message: (d: { struct: string; key: string }) =>
      `the signature of this ${d.struct} is not of the key ${d.key} over its id`,
  },
  /** Signed or keyed by something else than Ed25519. */
  scheme: {
    kind: 'unsupported',
    message: (d: { struct: string; what: string; value: number }) =>
      `this ${d.struct} has ${d.what} ${d.value}; GATOS knows 1 (Ed25519)`,
  },
});
