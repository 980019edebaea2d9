/** The two ends of a push at which hooks stand. */
import type { Side } from 'gatosd';
import { cliError } from '../../errors.js';

/** The side that is asked for; undefined when none is. Throws `cli/bad-value` for both. */
export function oneSide(
  { server, client }: { readonly server: boolean; readonly client: boolean },
  command: string,
): Side | undefined {
  if (server && client)
    throw cliError('bad-value', {
      command,
      name: '--client',
      value: 'true',
      want: 'it is one of --server and --client',
    });
  return server ? 'server' : client ? 'client' : undefined;
}
