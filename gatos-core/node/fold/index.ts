/** Adapters of folds: the sandbox engine from the installed package. */
export { loadEngine, loadEngineWasm } from './engine.js';
