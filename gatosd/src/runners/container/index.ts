/** Programs of kind `container`: commands in an image that is named by its digest. */
export { type ContainerRunnerOptions, containerRunner } from './container-runner.js';
