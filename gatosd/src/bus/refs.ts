/** The refs of a topic, on all planes of the bus. */
export function refsOfTopic(topic: string): readonly string[] {
  return [`refs/gatos/mbus/${topic}/`, `refs/gatos/mbus-ack/${topic}/`, `refs/gatos/mbus-summary/${topic}`];
}
