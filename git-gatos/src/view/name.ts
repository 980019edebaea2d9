/** Names of folds and states. */
import { checkNamespace, isGatosError } from 'gatos-core';

/** May a fold be called so? The rule is that of namespaces. */
export function isPlainName(text: string): boolean {
  try {
    checkNamespace(text);
    return true;
  } catch (error) {
    if (isGatosError(error)) return false;
    throw error;
  }
}
