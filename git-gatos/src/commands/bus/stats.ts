import { type BusSuggestion, formatTime, type TopicStats, topicStats } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { counted } from '../../view/count.js';
import { formatSize } from '../../view/size.js';
import { age } from './age.js';

const MICROS_PER_HOUR = 3_600_000_000;

export const command = defineCommand({
  name: 'stats',
  summary: 'show segments, ages and consumers of a topic',
  description:
    'Shows how many messages a topic holds and how old they are, how far its consumers have come, and what to do about it.',
  positionals: [{ name: 'topic', kind: 'text', summary: 'name of the topic', complete: 'topics' }],
  options: {
    olderThan: { kind: 'parsed', parse: age, placeholder: 'TIME', summary: 'how long messages are to be kept' },
  },
  examples: [{ command: 'git gatos bus stats readings --older-than 30d', note: 'is there something to prune?' }],
  exits: ['no', 'missing', 'unchecked'],
  seeAlso: ['bus compact', 'bus topics'],
  run: async (context, { topic, olderThan }) => {
    const { backend, ports } = (await context.openRepository()).repository;
    const stats = await topicStats(backend, { topic, now: ports.clock.now(), olderThan });
    return { value: stats, text: linesOf(stats), next: stats.suggestions.map((each) => suggestion(topic, each)) };
  },
});

function hours(micros: number | null): string {
  if (micros === null) return '-';
  const value = micros / MICROS_PER_HOUR;
  return value < 48 ? `${value.toFixed(1)} h` : `${(value / 24).toFixed(1)} d`;
}

function linesOf({
  topic,
  messages,
  bytes,
  segments,
  pruned,
  consumers,
  oldestAge,
  newestAge,
}: TopicStats): readonly string[] {
  return [
    `${topic}: ${counted(messages, 'message')}, ${formatSize(bytes)} in ${counted(segments.length, 'segment')}; the oldest is ${hours(oldestAge)} old, the newest ${hours(newestAge)}`,
    ...(pruned.segments > 0
      ? [`pruned: ${counted(pruned.messages, 'message')} in ${counted(pruned.segments, 'segment')}`]
      : []),
    ...segments.map(
      ({ segment, messages: count, bytes: size, time, ended }) =>
        `  ${segment}  ${counted(count, 'message')}, ${formatSize(size)}, ${formatTime(time)}${ended ? '' : ', active'}`,
    ),
    ...consumers.map(
      ({ consumer, position, lag, handled, conflicts }) =>
        `  ${consumer} is at ${position.segment}:${position.seq}, ${lag} behind, ${handled} handled${conflicts > 0 ? `, ${conflicts} conflicts` : ''}`,
    ),
  ];
}

function suggestion(topic: string, each: BusSuggestion): string {
  switch (each.what) {
    case 'rotates-next':
      return `segment ${each.segment} is full: the next message begins a new one`;
    case 'compact':
      return `${counted(each.segments, 'segment')} can be pruned (${formatSize(each.bytes)}): git gatos bus compact ${topic} --older-than TIME`;
    case 'consumer-behind':
      return `${each.consumer} is ${each.lag} messages behind: is it running?`;
  }
}
