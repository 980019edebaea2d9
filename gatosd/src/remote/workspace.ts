/** A clone that works for a remote: what is written goes there first. */
import { openWorkspace, type Workspace, type WorkspaceOptions } from '../workspace.js';
import { remoteFirstBackend } from './backend.js';

export interface RemoteWorkspaceOptions extends Omit<WorkspaceOptions, 'attach'> {
  /** Name of the remote whose word counts. */
  readonly remote: string;
}

/** As `openWorkspace`; `refresh` brings what others wrote there. Errors as `remoteFirstBackend` too. */
export function openRemoteWorkspace({ remote, ...options }: RemoteWorkspaceOptions): Promise<Workspace> {
  return openWorkspace({
    ...options,
    attach: (local, place) => {
      const backend = remoteFirstBackend(local, { remote, ...place });
      const refresh = async (prefixes: readonly string[]): Promise<void> => {
        await backend.refresh({ prefixes });
      };
      return { backend, refresh };
    },
  });
}
