/** Faults of how the commands of experiments are called. */
import { EXIT, errorArea } from 'gatos-core';

export const poxError = errorArea('pox', {
  'one-form': {
    kind: 'input',
    exit: EXIT.usage,
    message: () => 'say in which form to export, one at a time',
    hint: () => '`--ro-crate DIR`, `--dsse FILE`, `--bundle FILE` or `--prov FILE`; `-` is standard output',
  },
});
