/** For tests: tasks that are run in a repository with tools. */
import { checkBundle } from 'gatos-core';
import type { IrBundle } from 'gatos-core/mythos';
import { ToolWorld } from '../scratch-tool-world.js';
import { type Executed, executeTask } from './index.js';

export class ExecutorWorld extends ToolWorld {
  /** Runs the one task of a bundle with these capabilities. */
  execute(bundle: IrBundle, capabilities: readonly string[], signal?: AbortSignal): Promise<Executed> {
    const { program, faults } = checkBundle(bundle);
    if (program === undefined) throw faults[0];
    const settings = () => this.settings();
    return this.within((workspace) => executeTask(workspace, { program, capabilities, signal, settings }));
  }
}
