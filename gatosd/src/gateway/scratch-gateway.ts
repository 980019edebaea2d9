/** For tests: a gateway in a repository with tools. */
import type { JsonValue } from 'gatos-core';
import { ToolWorld } from '../scratch-tool-world.js';
import { openGateway } from './gateway.js';
import type { CalledTool, CallToolRequest } from './request.js';

export class GatewayWorld extends ToolWorld {
  call(request: Omit<CallToolRequest, 'body'> & { readonly body?: JsonValue }): Promise<CalledTool> {
    return this.within(async (workspace) => {
      const gateway = openGateway(workspace, { settings: () => this.settings() });
      try {
        return await gateway.call({ body: { text: 'hi' }, ...request });
      } finally {
        await gateway.close();
      }
    });
  }
}
