/** The bus at work: publishing what files hold, following topics, and commands that handle messages. */
export { subscriberError } from './errors.js';
export { type CommandHandlerRequest, handleByCommand } from './handler.js';
export { type CheckedLines, checkLines, type LinesRequest } from './lines.js';
export { messageValue } from './message-value.js';
export { type PublishAllRequest, type PublishedAll, publishAll, type SizedMessage } from './publish.js';
export { refsOfTopic } from './refs.js';
export { type Subscribed, type SubscribeRequest, subscribe } from './subscribe.js';
export { unsentTo } from './unsent.js';
