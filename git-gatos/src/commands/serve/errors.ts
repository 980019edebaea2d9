/** Faults of how a server is asked for. */
import { EXIT, errorArea } from 'gatos-core';

export const serveError = errorArea('serve', {
  'half-tls': {
    kind: 'input',
    exit: EXIT.usage,
    message: () => '`--tls-cert` and `--tls-key` go together',
  },
  'no-scopes': {
    kind: 'input',
    exit: EXIT.usage,
    message: () => 'a token without scopes opens nothing',
    hint: () => 'say what it is for: `--scopes tools:call,effects:read`',
  },
});
