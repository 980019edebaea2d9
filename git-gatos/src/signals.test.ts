import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { interruption } from './signals.js';

type Name = 'SIGINT' | 'SIGTERM';

function stage() {
  const events = new EventEmitter();
  const exits: number[] = [];
  const source = {
    on: (name: Name, listener: () => void) => events.on(name, listener),
    off: (name: Name, listener: () => void) => events.off(name, listener),
    exit: (code: number) => exits.push(code),
  };
  return { exits, send: (name: Name) => events.emit(name), stopper: interruption(source) };
}

const HOURS = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an ordinary command', () => {
  it('leaves signals alone until it asks for them, and when it is done', () => {
    const { stopper, send } = stage();
    expect(send('SIGINT')).toBe(false);
    expect(stopper.reason()).toBeUndefined();
    void stopper.signal;
    stopper.dispose();
    expect(send('SIGTERM')).toBe(false);
  });

  it('is asked to stop by the first one, and has a moment for it', () => {
    const { stopper, send, exits } = stage();
    const { signal } = stopper;
    send('SIGTERM');
    expect(signal.reason).toMatchObject({ code: 'cli/interrupted', data: { signal: 'SIGTERM' } });
    expect(stopper.reason()).toBe(signal.reason);
    expect(exits).toEqual([]);
    vi.advanceTimersByTime(HOURS);
    expect(exits).toEqual([130]);
  });

  it('is ended by the second one', () => {
    const { stopper, send, exits } = stage();
    void stopper.signal;
    send('SIGINT');
    send('SIGINT');
    expect(exits).toEqual([130]);
  });
});

describe('an unhurried command', () => {
  it('has as long as it takes after the first one', () => {
    const { stopper, send, exits } = stage();
    stopper.unhurried();
    const { signal } = stopper;
    send('SIGINT');
    expect(signal.aborted).toBe(true);
    vi.advanceTimersByTime(HOURS);
    expect(exits).toEqual([]);
    send('SIGTERM');
    expect(exits).toEqual([130]);
  });

  it('that has something to end is told of the second one, and has a moment for it', () => {
    const { stopper, send, exits } = stage();
    stopper.unhurried();
    const { signal, hurry } = stopper;
    send('SIGTERM');
    expect([signal.aborted, hurry.aborted]).toEqual([true, false]);
    vi.advanceTimersByTime(HOURS);
    send('SIGINT');
    expect(hurry.reason).toMatchObject({ code: 'cli/interrupted', data: { signal: 'SIGINT' } });
    expect(exits).toEqual([]);
    vi.advanceTimersByTime(HOURS);
    expect(exits).toEqual([130]);
  });

  it('is ended by a third one, whatever it has to end', () => {
    const { stopper, send, exits } = stage();
    stopper.unhurried();
    // Asking for the second one alone listens, too.
    void stopper.hurry;
    for (const name of ['SIGINT', 'SIGINT', 'SIGINT'] as const) send(name);
    expect(exits).toEqual([130]);
  });

  it('that is done in time is not ended', () => {
    const { stopper, send, exits } = stage();
    stopper.unhurried();
    void stopper.hurry;
    send('SIGINT');
    send('SIGINT');
    stopper.dispose();
    vi.advanceTimersByTime(HOURS);
    expect(exits).toEqual([]);
  });
});
