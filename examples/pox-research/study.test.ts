/** The study of this example: its split, its arithmetic, its plot, and that both of its forms give the same bytes. */
import { readFileSync } from 'node:fs';
import { lintFold } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { fitScaler as population } from './packages/tiny-scaler-1.0.0/index.mjs';
import { fitScaler as sample } from './packages/tiny-scaler-1.1.0/index.mjs';
import { evaluate, fitRidge, run, split, train } from './study/study.mjs';

const text = readFileSync(new URL('../../node_modules/vega-datasets/data/cars.json', import.meta.url), 'utf8');
const cars = JSON.parse(text);
const source = readFileSync(new URL('./study/study.mjs', import.meta.url), 'utf8');

interface Row {
  readonly name: string;
  readonly fuel: number;
}

describe('the split', () => {
  const { training, heldOut }: { training: Row[]; heldOut: Row[] } = split(cars);

  it('has every complete row once', () => {
    expect([cars.length, training.length, heldOut.length]).toEqual([406, 294, 98]);
    expect([...training, ...heldOut].every(({ fuel }) => Number.isFinite(fuel) && fuel > 0)).toBe(true);
  });

  it('has no car on both sides', () => {
    const seen = new Set(training.map(({ name }) => name));
    expect(heldOut.filter(({ name }) => seen.has(name))).toEqual([]);
  });

  it('does not depend on the order of the rows', () => {
    const names = (rows: Row[]) => [...new Set(rows.map(({ name }) => name))].sort();
    expect(names(split([...cars].reverse()).heldOut)).toEqual(names(heldOut));
  });
});

describe('ridge regression', () => {
  const rows = [
    [1, 2, 0.5],
    [-1, 0, 3],
    [0.25, -2, 1],
    [3, 1, -1],
    [-2, 4, 2],
  ];
  const truth = [2, -0.5, 7];
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
  const targets = rows.map((row) => dot(row, truth));

  it('finds the weights that made the data, without a penalty', () => {
    fitRidge(rows, targets, 0).forEach((weight: number, i: number) => {
      expect(weight).toBeCloseTo(truth[i] ?? 0, 10);
    });
  });

  it('is where the gradient vanishes, with one', () => {
    const penalty = 3;
    const weights: number[] = fitRidge(rows, targets, penalty);
    const rest = rows.map((row, i) => dot(row, weights) - (targets[i] ?? 0));
    weights.forEach((weight, j) => {
      const gradient = dot(
        rest,
        rows.map((row) => row[j] ?? 0),
      );
      expect(gradient + penalty * weight).toBeCloseTo(0, 10);
    });
    expect(dot(weights, weights)).toBeLessThan(dot(truth, truth));
  });
});

describe('the two forms', () => {
  const trained = String(run({ inputs: { 'cars.json': text }, args: ['train'] }).outputs['model.json']);

  it('give the same model with the library as it was, and another with the newer one', () => {
    expect(train(cars, population)).toBe(trained);
    expect(train(cars, sample)).not.toBe(trained);
  });

  it('give the same metrics and the same plot', () => {
    const inputs = { 'cars.json': text, 'model.json': trained };
    const { metrics, plot } = evaluate(cars, JSON.parse(trained));
    expect(run({ inputs, args: ['evaluate'] }).outputs).toEqual({ 'metrics.json': metrics, 'plot.svg': plot });
  });

  it('pass the rules of the sandbox', () => {
    expect(lintFold(source, 'run')).toEqual([]);
  });
});

describe('the plot', () => {
  const { plot } = evaluate(cars, JSON.parse(train(cars, population)));

  it('shows each car that was held out, within the frame', () => {
    const points = [...plot.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="4" fill="#\w+" fill-opacity/g)];
    expect(points.length).toBe(98);
    const outside = points.filter(([, x, y]) => Number(x) < 64 || Number(x) > 464 || Number(y) < 76 || Number(y) > 476);
    expect(outside).toEqual([]);
  });

  it('has a title and names of its axes', () => {
    for (const name of ['Fuel use of cars', 'predicted, litres per 100 km', 'measured, litres per 100 km'])
      expect(plot).toContain(name);
  });
});
